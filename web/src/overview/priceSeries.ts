import type { PriceBar, TradeMark } from "../wire/history";

export interface Candle {
  /** Seconds since 1970. */
  time: number;
  open: number;
  high: number;
  low: number;
  close: number;
}

export interface Mark {
  time: number;
  position: "aboveBar" | "belowBar";
  shape: "arrowUp" | "arrowDown" | "circle";
  bought: boolean;
  /** How many fills it stands for. */
  count: number;
  text: string;
}

const MOST_NAMED = 12;

/** Bars as the chart wants them: rising times in seconds; one that lacks a price is left out. */
export function candlesOf(bars: PriceBar[]): Candle[] {
  const candles = new Map<number, Candle>();
  for (const [ts, open, high, low, close] of bars) {
    if (open === null || high === null || low === null || close === null) continue;
    const time = Math.floor(Date.parse(ts) / 1000);
    candles.set(time, { time, open, high, low, close });
  }
  return [...candles.values()].toSorted((left, right) => left.time - right.time);
}

/**
 * Fills on the bars that they belong to: a fill lies in the first bar that closes at or after it; one after the last
 * bar is put on that. Fills of one bar, side and effect are one mark: an arrow where something was entered, a dot
 * where it was left. Many marks go without words, which would lie on each other.
 */
export function marksOn(candles: Candle[], fills: TradeMark[]): Mark[] {
  const marks = new Map<string, Mark>();
  for (const fill of fills) {
    const candle = candleOf(candles, Math.floor(Date.parse(fill.ts) / 1000));
    if (candle === undefined) continue;
    const key = `${candle.time} ${fill.side} ${fill.effect}`;
    const count = (marks.get(key)?.count ?? 0) + 1;
    const bought = fill.side === "buy";
    marks.set(key, {
      time: candle.time,
      position: bought ? "belowBar" : "aboveBar",
      shape: fill.effect === "exit" ? "circle" : bought ? "arrowUp" : "arrowDown",
      bought,
      text: count === 1 ? fill.effect : `${count} × ${fill.effect}`,
      count,
    });
  }
  const sorted = [...marks.values()].toSorted((left, right) => left.time - right.time);
  return sorted.length > MOST_NAMED ? sorted.map((mark) => ({ ...mark, text: "" })) : sorted;
}

function candleOf(candles: Candle[], time: number): Candle | undefined {
  let low = 0;
  let high = candles.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((candles[middle]?.time ?? 0) < time) low = middle + 1;
    else high = middle;
  }
  return candles[low] ?? candles.at(-1);
}
