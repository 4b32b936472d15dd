import { asWritten, share } from "../format/numbers";
import { assetClass } from "../format/words";
import { Signed } from "../parts/Amount";
import { Empty } from "../parts/Empty";
import { Panel } from "../parts/Panel";
import { Pill, type PillTone } from "../parts/Pill";
import { cell, type Column, Table } from "../parts/Table";
import type { MarketRow } from "../wire/types";

const CALLS: Record<string, { tone: PillTone; mark: string }> = {
  buy: { tone: "up", mark: "▲" },
  sell: { tone: "down", mark: "▼" },
  hold: { tone: "plain", mark: "■" },
};
const MOST_SHOWN = 8;

const COLUMNS: Column[] = [
  { name: "Instrument" },
  { name: "Price", right: true },
  { name: "Change", right: true },
  { name: "Edge, bps", right: true, from: "sm" },
  { name: "Confidence", right: true, from: "sm" },
  { name: "Call", right: true },
];

/** Instruments by class: price, change against the day before, and what the latest decision calls for. */
export function Market({ market, className }: { market: MarketRow[]; className?: string }) {
  const classes = [...new Set(market.map((row) => row.asset_class))];
  return (
    <Panel title="Market" aside="change against the day before" className={className ?? ""}>
      {market.length === 0 ? (
        <Empty>The session names no instruments.</Empty>
      ) : (
        <Table label="Instruments by class" columns={COLUMNS}>
          {classes.map((name) => (
            <AssetClass key={name} name={name} rows={market.filter((row) => row.asset_class === name)} />
          ))}
        </Table>
      )}
    </Panel>
  );
}

function AssetClass({ name, rows }: { name: string; rows: MarketRow[] }) {
  const shown = rows.length > MOST_SHOWN ? rows.toSorted(strongestFirst).slice(0, MOST_SHOWN) : rows;
  const more = rows.length - shown.length;
  return (
    <>
      <tr>
        <th colSpan={COLUMNS.length} scope="rowgroup" className="px-4 pt-2 pb-1 text-left text-2xs text-faint">
          {assetClass(name)}
          {more > 0 ? `, the strongest of ${rows.length}` : ""}
        </th>
      </tr>
      {shown.map((row) => (
        <Instrument key={row.instrument_id} row={row} />
      ))}
    </>
  );
}

function Instrument({ row }: { row: MarketRow }) {
  const call = CALLS[row.call];
  return (
    <tr className="hover:bg-raised">
      <th scope="row" className={`${cell(COLUMNS[0])} whitespace-nowrap`}>
        {row.instrument_id}
      </th>
      <td className={cell(COLUMNS[1])}>{asWritten(row.price)}</td>
      <td className={cell(COLUMNS[2])}>
        <Signed value={row.change_pct} places={2} unit={"\u202f%"} />
      </td>
      <td className={`${cell(COLUMNS[3])} text-soft`}>
        <Signed value={call ? row.edge_bps : null} />
      </td>
      <td className={`${cell(COLUMNS[4])} text-soft`}>{share(call ? row.confidence : null)}</td>
      <td className={cell(COLUMNS[5])}>
        {call ? (
          <Pill tone={call.tone}>
            <span aria-hidden="true" className="text-[0.5rem]">
              {call.mark}
            </span>
            {row.call}
          </Pill>
        ) : null}
      </td>
    </tr>
  );
}

function strongestFirst(left: MarketRow, right: MarketRow): number {
  return Math.abs(right.edge_bps ?? 0) - Math.abs(left.edge_bps ?? 0);
}
