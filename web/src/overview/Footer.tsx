import { useMutation } from "@tanstack/react-query";
import { useBase } from "../session/chosen";
import { verifyJournal } from "../wire/api";
import type { Live } from "../wire/stream";

/** How much of the journal is shown, the check of it, and who drew the chart. */
export function Footer({ live }: { live: Live }) {
  const base = useBase();
  const check = useMutation({ mutationFn: () => verifyJournal(base) });
  return (
    <footer className="mt-auto flex flex-wrap items-center gap-x-4 gap-y-1 px-1 pt-1 text-2xs text-faint">
      <span data-testid="seq">Journal record {(live.changes?.seq ?? 0).toLocaleString("en-US")}</span>
      <button
        type="button"
        disabled={check.isPending}
        onClick={() => check.mutate()}
        className="rounded underline decoration-line underline-offset-2 hover:text-ink"
      >
        {check.isPending ? "Checking the hash chain…" : "Verify the journal"}
      </button>
      <output>
        {check.data ? (
          <span className={check.data.verified ? "text-up" : "text-down"}>
            {check.data.verified ? "✓" : "✕"} {check.data.detail}
          </span>
        ) : null}
        {check.error ? <span className="text-down">{check.error.message}</span> : null}
      </output>
      <span className="ml-auto">
        Not investment advice. Charts by{" "}
        <a className="underline decoration-line underline-offset-2" href="https://www.tradingview.com/" rel="noreferrer">
          TradingView Lightweight Charts
        </a>
      </span>
    </footer>
  );
}
