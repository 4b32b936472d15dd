import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { FILL_TIMES, longDay } from "../format/time";
import { Empty } from "../parts/Empty";
import { Panel } from "../parts/Panel";
import { useBase } from "../session/chosen";
import { barsOf } from "../wire/api";
import type { BarsBody } from "../wire/history";
import type { MarketRow, PositionRow } from "../wire/types";
import { drawPrices, type PriceChart } from "./priceChart";

const EVERY_MS = 5_000;

interface Props {
  market: MarketRow[];
  positions: PositionRow[];
  running: boolean;
}

/** Prices of one instrument with entries and exits on them. */
export default function Prices({ market, positions, running }: Props) {
  const base = useBase();
  const [asked, setAsked] = useState("");
  const held = positions.find((row) => row.open) ?? positions[0];
  const instrument = asked || (held?.instrument_id ?? market[0]?.instrument_id ?? "");
  const { data, error } = useQuery({
    queryKey: ["bars", base, instrument],
    queryFn: () => barsOf(base, instrument),
    enabled: instrument !== "",
    refetchInterval: running ? EVERY_MS : false,
  });
  const choice = (
    <label>
      <span className="sr-only">Instrument of the chart</span>
      <select
        value={instrument}
        onChange={(event) => setAsked(event.target.value)}
        className="rounded-md border border-line bg-surface px-2 py-0.5 text-xs text-ink"
      >
        {market.map((row) => (
          <option key={row.instrument_id}>{row.instrument_id}</option>
        ))}
      </select>
    </label>
  );
  return (
    <Panel title="Price, entries and exits" aside={market.length === 0 ? undefined : choice}>
      {error ? (
        <p role="alert" className="px-4 pb-4 text-sm text-down">
          {error.message}
        </p>
      ) : null}
      {data === undefined || data.bars.length === 0 ? (
        error ? null : <Empty>No bar of this instrument has come yet.</Empty>
      ) : (
        <Chart body={data} />
      )}
    </Panel>
  );
}

function Chart({ body }: { body: BarsBody }) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<PriceChart | null>(null);
  useEffect(() => {
    if (place.current === null) return undefined;
    const drawn = drawPrices(place.current);
    chart.current = drawn;
    return () => {
      chart.current = null;
      drawn.remove();
    };
  }, []);
  useEffect(() => chart.current?.show(body), [body]);
  const entries = body.marks.filter((mark) => mark.effect !== "exit").length;
  const said =
    `${body.bars.length} bars of ${body.timeframe}, ${longDay(body.bars[0]?.[0] ?? null)} to ` +
    `${longDay(body.bars.at(-1)?.[0] ?? null)}: ${entries} entries (arrows), ${body.marks.length - entries} exits (dots)`;
  return (
    <figure className="px-2 pb-2">
      <div ref={place} className="h-72 w-full" />
      <figcaption className="px-2 pt-1 text-2xs text-faint">
        {body.instrument_id}, {said}. {FILL_TIMES}
      </figcaption>
    </figure>
  );
}
