import { expect, it } from "vitest";
import type { PriceBar, TradeMark } from "../wire/history";
import { candlesOf, marksOn } from "./priceSeries";

const DAY: PriceBar[] = [
  ["2021-03-01T21:00:00Z", 10, 12, 9, 11, 5],
  ["2021-03-02T21:00:00Z", 11, 13, 10, 12, 5],
  ["2021-03-03T21:00:00Z", 12, 13, null, 12, 5],
  ["2021-03-04T21:00:00Z", 12, 14, 11, 13, 5],
];

function fill(ts: string, side: "buy" | "sell", effect: TradeMark["effect"]): TradeMark {
  return { seq: 1, ts, client_order_id: "o", side, effect, price: "11.00", quantity: "1" };
}

it("leaves out a bar that lacks a price", () => {
  expect(candlesOf(DAY).map((candle) => candle.close)).toEqual([11, 12, 13]);
});

it("puts each fill on the bar in which it fell, entries and exits by themselves", () => {
  const candles = candlesOf(DAY);
  const marks = marksOn(candles, [
    fill("2021-03-02T14:30:00Z", "buy", "entry"),
    fill("2021-03-02T14:31:00Z", "buy", "entry"),
    fill("2021-03-02T21:00:00Z", "sell", "exit"),
    fill("2021-03-09T14:30:00Z", "sell", "reversal"),
  ]);
  expect(marks.map(({ time, shape, text }) => [time, shape, text])).toEqual([
    [candles[1]?.time, "arrowUp", "2 × entry"],
    [candles[1]?.time, "circle", "exit"],
    [candles[2]?.time, "arrowDown", "reversal"],
  ]);
  const many = DAY.concat(Array.from({ length: 20 }, (_, day) => [`2021-04-${day + 10}T21:00:00Z`, 1, 2, 1, 2, 1]));
  const each = many.map(([ts]) => fill(ts, "buy", "entry"));
  expect(new Set(marksOn(candlesOf(many), each).map((mark) => mark.text))).toEqual(new Set([""]));
  expect(marksOn([], [fill("2021-03-02T14:30:00Z", "buy", "entry")])).toEqual([]);
});
