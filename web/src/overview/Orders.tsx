import { useState } from "react";
import { asWritten, decimal, signed } from "../format/numbers";
import { shortTime } from "../format/time";
import { words } from "../format/words";
import { Empty } from "../parts/Empty";
import { Panel } from "../parts/Panel";
import { Pill, type PillTone } from "../parts/Pill";
import { ShowOlder } from "../parts/ShowOlder";
import { cell, type Column, Table } from "../parts/Table";
import type { Changes } from "../wire/types";
import { orderLines, type OrderLine } from "./orderLines";

const STATES: Record<string, PillTone> = {
  filled: "up",
  working: "accent",
  pending: "accent",
  rejected: "down",
  refused: "down",
};

const COLUMNS: Column[] = [
  { name: "Time", from: "sm" },
  { name: "Order", firstOnPhone: true },
  { name: "State" },
  { name: "Filled", right: true, from: "md" },
  { name: "Average", right: true, from: "sm" },
  { name: "Slippage, bps", right: true, from: "lg" },
  { name: "Commission", right: true, from: "lg" },
  { name: "Why", right: true },
];
const STEP = 14;

interface Props {
  changes: Changes;
  today: string | null;
  onExplain: (clientOrderId: string) => void;
  className?: string;
}

/** Orders, open ones first, with refused ones among them, and for each the way to its explanation. */
export function Orders({ changes, today, onExplain, className }: Props) {
  const [count, setCount] = useState(STEP);
  const lines = orderLines(changes);
  return (
    <Panel
      title="Orders"
      aside={`${changes.open_orders?.length ?? 0} open, ${changes.counters.fills} fills, ${changes.counters.refused} refused by limits`}
      className={className ?? ""}
    >
      {lines.length === 0 ? (
        <Empty>No order yet. Decisions above say what stood against one.</Empty>
      ) : (
        <Table label="Orders" columns={COLUMNS}>
          {lines.slice(0, count).map((line) => (
            <Line key={line.id} line={line} today={today} onExplain={onExplain} />
          ))}
        </Table>
      )}
      <ShowOlder shown={count} of={lines.length} onShow={setCount} />
    </Panel>
  );
}

function Line({ line, today, onExplain }: { line: OrderLine; today: string | null; onExplain: (id: string) => void }) {
  return (
    <tr className="hover:bg-raised">
      <td className={`${cell(COLUMNS[0])} text-2xs whitespace-nowrap text-faint`}>{shortTime(line.ts, today)}</td>
      <th scope="row" className={`${cell(COLUMNS[1])} whitespace-nowrap`}>
        <span className={line.side === "buy" ? "text-up" : "text-down"}>{words(line.side)}</span>{" "}
        {asWritten(line.quantity)} {line.instrument_id}
        <span className="ml-2 text-2xs text-faint max-sm:hidden">{line.kind}</span>
      </th>
      <td className={cell(COLUMNS[2])}>
        <Pill tone={STATES[line.state] ?? "plain"} title={line.reason}>
          {line.state}
        </Pill>
      </td>
      <td className={`${cell(COLUMNS[3])} text-soft`}>{asWritten(line.filled)}</td>
      <td className={cell(COLUMNS[4])}>{line.averagePrice === null ? "\u2013" : decimal(line.averagePrice, line.places)}</td>
      <td className={`${cell(COLUMNS[5])} text-soft`}>{signed(line.slippage, 2)}</td>
      <td className={`${cell(COLUMNS[6])} text-soft`}>{decimal(line.commission)}</td>
      <td className={cell(COLUMNS[7])}>
        <button
          type="button"
          onClick={() => onExplain(line.id)}
          aria-label={`Explain order ${line.id}`}
          className="rounded px-1.5 py-0.5 text-xs text-accent hover:bg-accent-wash"
        >
          Explain
        </button>
      </td>
    </tr>
  );
}
