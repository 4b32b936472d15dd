import { asWritten, decimal } from "../format/numbers";
import { words } from "../format/words";
import { Amount, Signed } from "../parts/Amount";
import { Empty } from "../parts/Empty";
import { Panel } from "../parts/Panel";
import { cell, type Column, Table } from "../parts/Table";
import { holder } from "../wire/merge";
import type { PositionRow } from "../wire/types";

const COLUMNS: Column[] = [
  { name: "Instrument" },
  { name: "Quantity", right: true },
  { name: "Average", right: true, from: "sm" },
  { name: "Last", right: true, from: "sm" },
  { name: "Value", right: true, from: "md" },
  { name: "Unrealised", right: true },
  { name: "%", right: true },
  { name: "Realised", right: true, from: "lg" },
];

/** What is held now, largest first, and what closed positions brought in. */
export function Positions({ positions, className }: { positions: PositionRow[]; className?: string }) {
  const open = positions
    .filter((row) => row.open)
    .toSorted((left, right) => Math.abs(Number(right.value)) - Math.abs(Number(left.value)));
  const flat = positions.length - open.length;
  return (
    <Panel
      title="Positions"
      aside={`${open.length} open${flat > 0 ? `, ${flat} closed` : ""}`}
      className={className ?? ""}
    >
      {open.length === 0 ? (
        <Empty>Nothing is held. A position appears with its first fill.</Empty>
      ) : (
        <Table label="Open positions" columns={COLUMNS}>
          {open.map((row) => (
            <Position key={holder(row)} row={row} />
          ))}
        </Table>
      )}
    </Panel>
  );
}

function Position({ row }: { row: PositionRow }) {
  const short = row.quantity.startsWith("-");
  return (
    <tr className="hover:bg-raised">
      <th scope="row" className={`${cell(COLUMNS[0])} whitespace-nowrap`}>
        {row.instrument_id}
        <span className={`ml-2 text-2xs ${short ? "text-down" : "text-up"}`}>{short ? "short" : "long"}</span>
        <span className="ml-2 text-2xs text-faint max-xl:hidden">{words(row.strategy)}</span>
      </th>
      <td className={cell(COLUMNS[1])}>{asWritten(row.quantity)}</td>
      <td className={`${cell(COLUMNS[2])} text-soft`}>{price(row.average_price, row.mark_price)}</td>
      <td className={cell(COLUMNS[3])}>{asWritten(row.mark_price)}</td>
      <td className={`${cell(COLUMNS[4])} text-soft`}>{decimal(row.value)}</td>
      <td className={`${cell(COLUMNS[5])} font-medium`}>
        <Amount value={row.unrealized_pnl} />
      </td>
      <td className={cell(COLUMNS[6])}>
        <Signed value={row.unrealized_pct} places={2} />
      </td>
      <td className={cell(COLUMNS[7])}>
        <Amount value={row.realized_pnl} />
      </td>
    </tr>
  );
}

/** An average price lies between ticks: show as many places as the last price has. */
function price(average: string | null, last: string | null): string {
  return decimal(average, last?.split(".")[1]?.length ?? 2);
}
