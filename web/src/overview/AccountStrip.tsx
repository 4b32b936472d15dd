import type { ReactNode } from "react";
import { decimal, plain, signedPercent, toneOf } from "../format/numbers";
import { Amount, TONE_TEXT } from "../parts/Amount";
import type { Changes } from "../wire/types";

/** The account in one line of figures. */
export function AccountStrip({ changes }: { changes: Changes }) {
  const { account, counters, session } = changes;
  if (account === null) return null;
  const currency = session?.base_currency ?? "";
  return (
    <section
      id="account"
      aria-label="Account"
      className="grid grid-cols-2 gap-px overflow-hidden rounded-lg border border-line bg-line md:grid-cols-3 xl:grid-cols-6"
    >
      <Cell label={`Equity, ${currency}`} value={decimal(account.equity)} large>
        started with {decimal(account.start_equity, 0)}
      </Cell>
      <Cell label="Profit since the start" value={<Amount value={account.profit} />} large>
        <span className={TONE_TEXT[toneOf(account.profit_pct)]}>{signedPercent(account.profit_pct)}</span>
      </Cell>
      <Cell label="Drawdown" value={`${plain(account.drawdown_pct, 2)}\u202f%`}>
        deepest {plain(account.max_drawdown_pct, 2)}&#8239;%
      </Cell>
      <Cell label="Exposure, gross" value={`${plain(account.gross_pct, 1)}\u202f%`}>
        net {signedPercent(account.net_pct, 1)} of equity
      </Cell>
      <Cell label="Cash" value={decimal(account.cash)}>
        {currency}
      </Cell>
      <Cell label="Fills" value={counters.fills.toLocaleString("en-US")}>
        {counters.orders} orders, {counters.refused + counters.rejected} refused, {counters.decisions} decisions
      </Cell>
    </section>
  );
}

function Cell({ label, value, large, children }: { label: string; value: ReactNode; large?: boolean; children: ReactNode }) {
  return (
    <div className="bg-surface px-4 py-3">
      <div className="text-2xs text-faint">{label}</div>
      <div className={`mt-0.5 font-semibold tracking-tight ${large ? "text-xl max-sm:text-base" : "text-lg max-sm:text-base"}`}>
        {value}
      </div>
      <div className="mt-0.5 text-2xs text-faint">{children}</div>
    </div>
  );
}
