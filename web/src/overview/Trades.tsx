import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { asWritten, plain, share } from "../format/numbers";
import { FILL_TIMES, longDay } from "../format/time";
import { Amount, Signed } from "../parts/Amount";
import { Empty } from "../parts/Empty";
import { Panel } from "../parts/Panel";
import { ShowOlder } from "../parts/ShowOlder";
import { cell, type Column, Table } from "../parts/Table";
import { useBase } from "../session/chosen";
import { closedTrades } from "../wire/api";
import type { ClosedTradeRow, SymbolProfit } from "../wire/history";

const STEP = 10;
const TRADES: Column[] = [
  { name: "Exit" },
  { name: "Instrument" },
  { name: "Quantity", right: true, from: "sm" },
  { name: "Entry", right: true, from: "md" },
  { name: "Exit price", right: true, from: "md" },
  { name: "Held, days", right: true, from: "lg" },
  { name: "Profit", right: true },
  { name: "%", right: true },
];
const SYMBOLS: Column[] = [
  { name: "Instrument" },
  { name: "Trades", right: true },
  { name: "Won", right: true },
  { name: "Profit", right: true },
];

/** Round trips that came to their end, and what each instrument brought; read anew when another one ends. */
export function Trades({ closed, currency }: { closed: number; currency: string }) {
  const base = useBase();
  const [count, setCount] = useState(STEP);
  const { data, error } = useQuery({
    queryKey: ["trades", base, closed],
    queryFn: () => closedTrades(base),
    enabled: closed > 0,
    placeholderData: keepPreviousData,
  });
  const items = data?.items ?? [];
  return (
    <>
      <Panel title="Closed trades" aside={data ? `${data.closed} closed, ${data.open} open` : `${closed} closed`}>
        {error ? (
          <p role="alert" className="px-4 pb-4 text-sm text-down">
            {error.message}
          </p>
        ) : null}
        {closed === 0 ? <Empty>No trade has come to its end yet.</Empty> : null}
        {items.length > 0 ? (
          <Table label="Closed trades, latest first" columns={TRADES}>
            {items.slice(0, count).map((row) => (
              <Trade key={`${row.account} ${row.strategy} ${row.instrument_id} ${row.entered} ${row.exited}`} row={row} />
            ))}
          </Table>
        ) : null}
        {items.length > 0 ? <p className="px-4 pb-3 text-2xs text-faint">{FILL_TIMES}</p> : null}
        <ShowOlder shown={count} of={items.length} onShow={setCount} />
      </Panel>
      {data !== undefined && data.by_symbol.length > 0 ? (
        <Panel title="Profit by symbol" aside={`of closed trades, ${currency}`}>
          <Table label="Profit of closed trades by instrument" columns={SYMBOLS}>
            {data.by_symbol.map((row) => (
              <BySymbol key={row.instrument_id} row={row} />
            ))}
          </Table>
        </Panel>
      ) : null}
    </>
  );
}

function Trade({ row }: { row: ClosedTradeRow }) {
  return (
    <tr className="hover:bg-raised">
      <td className={`${cell(TRADES[0])} text-2xs whitespace-nowrap text-faint`}>
        <time dateTime={row.exited} title={`${longDay(row.entered)} to ${longDay(row.exited)}`}>
          {longDay(row.exited)}
        </time>
      </td>
      <th scope="row" className={`${cell(TRADES[1])} whitespace-nowrap`}>
        {row.instrument_id}
        <span className={`ml-2 text-2xs ${row.side === "long" ? "text-up" : "text-down"}`}>{row.side}</span>
      </th>
      <td className={cell(TRADES[2])}>{asWritten(row.quantity)}</td>
      <td className={`${cell(TRADES[3])} text-soft`}>{priceOf(row.entry_price)}</td>
      <td className={`${cell(TRADES[4])} text-soft`}>{priceOf(row.exit_price)}</td>
      <td className={`${cell(TRADES[5])} text-soft`}>{plain(row.days, 1)}</td>
      <td className={`${cell(TRADES[6])} font-medium whitespace-nowrap`}>
        <Amount value={row.profit} /> <span className="text-2xs font-normal text-faint">{row.currency}</span>
      </td>
      <td className={cell(TRADES[7])}>
        <Signed value={row.profit_pct} places={2} />
      </td>
    </tr>
  );
}

function BySymbol({ row }: { row: SymbolProfit }) {
  return (
    <tr className="hover:bg-raised">
      <th scope="row" className={`${cell(SYMBOLS[0])} whitespace-nowrap`}>
        {row.instrument_id}
      </th>
      <td className={cell(SYMBOLS[1])}>{row.trades}</td>
      <td className={`${cell(SYMBOLS[2])} text-soft`}>{share(row.wins / row.trades)}</td>
      <td className={`${cell(SYMBOLS[3])} font-medium`}>
        <Amount value={row.profit} />
      </td>
    </tr>
  );
}

/** A mean price lies between ticks: six significant digits say enough of it. */
function priceOf(value: number | null): string {
  return value === null ? "\u2013" : value.toLocaleString("en-US", { minimumSignificantDigits: 6, maximumSignificantDigits: 6 });
}
