import { useState } from "react";
import { signed } from "../format/numbers";
import { shortTime } from "../format/time";
import { Empty } from "../parts/Empty";
import { Panel } from "../parts/Panel";
import { Pill, type PillTone } from "../parts/Pill";
import { ShowOlder } from "../parts/ShowOlder";
import type { DecisionRow } from "../wire/types";
import { DecisionDetail } from "./DecisionDetail";

const OUTCOMES: Record<string, PillTone> = { trade: "accent", close: "warn", blocked: "down", hold: "plain" };
const STEP = 12;

interface Props {
  decisions: DecisionRow[];
  today: string | null;
  className?: string;
}

/** The latest decisions with their reasons; each opens to the votes, filters and sizing behind it. */
export function Decisions({ decisions, today, className }: Props) {
  const [count, setCount] = useState(STEP);
  return (
    <Panel title="Decisions" aside="open one for its votes, filters and sizing" className={className ?? ""}>
      {decisions.length === 0 ? (
        <Empty>No decision yet. The first one comes with the first cycle after warm-up.</Empty>
      ) : (
        <>
          <ul className="divide-y divide-line/70 px-2 pb-1">
            {decisions.slice(0, count).map((row) => (
              <li key={row.seq}>
                <Decision row={row} today={today} />
              </li>
            ))}
          </ul>
          <ShowOlder shown={count} of={decisions.length} onShow={setCount} />
        </>
      )}
    </Panel>
  );
}

function Decision({ row, today }: { row: DecisionRow; today: string | null }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="grid w-full grid-cols-[auto_1fr_auto] items-center gap-x-3 rounded-md px-2 py-1.5 text-left hover:bg-raised"
      >
        <span className="w-[6.75rem] text-2xs whitespace-nowrap text-faint">{shortTime(row.ts, today)}</span>
        <span className="flex min-w-0 items-center gap-2 text-[0.8125rem]">
          <span className="font-medium whitespace-nowrap">{row.instrument_id}</span>
          <Pill tone={OUTCOMES[row.outcome] ?? "plain"}>{row.outcome}</Pill>
          <span className="truncate text-xs text-faint max-sm:hidden">{row.reason}</span>
        </span>
        <span className="flex items-center gap-2 text-xs text-soft">
          {signed(row.edge_bps)} bps
          <span aria-hidden="true" className={`text-faint transition-transform ${open ? "rotate-90" : ""}`}>
            ›
          </span>
        </span>
      </button>
      {open ? <DecisionDetail row={row} /> : null}
    </>
  );
}
