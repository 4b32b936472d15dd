import { expect, it } from "vitest";
import contract from "../wire/contract.json";
import type { Changes } from "../wire/types";
import { seriesOf } from "./curveSeries";
import { gridOf } from "./forecastGrid";
import { weightOf } from "./Models";
import { orderLines } from "./orderLines";

const changes = contract.after as unknown as Changes;

it("lays forecasts out by instrument and model, the strongest first", () => {
  const grid = gridOf(changes.forecasts, changes.models);
  expect(grid.columns.map((column) => column.model)).toEqual(changes.models.map((row) => row.model));
  expect(grid.spoken).toBe(changes.models.length);
  expect(new Set(grid.rows.map((row) => row.instrument_id))).toEqual(new Set(changes.forecasts.map((row) => row.instrument_id)));
  const means = grid.rows.map((row) => Math.abs(row.mean ?? 0));
  expect(means).toEqual(means.toSorted((left, right) => right - left));
  for (const row of changes.forecasts) expect(Math.abs(row.upper_bps ?? 0)).toBeLessThanOrEqual(grid.reach);
});

it("shows every model of the session, one that has not spoken too, and each horizon by itself", () => {
  const [model] = changes.models;
  const said = changes.forecasts.find((row) => row.model === model?.model);
  if (model === undefined || said === undefined) throw new Error("the contract holds models and forecasts");
  const longer = { ...model, horizon_bars: 240 };
  const grid = gridOf([said, { ...said, horizon_bars: 240, expected_return_bps: 77 }], [model, longer, { ...model, model: "mute" }]);
  expect(grid.columns).toHaveLength(3);
  expect(grid.spoken).toBe(2);
  expect(grid.rows[0]?.cells.map((cell) => cell?.expected_return_bps)).toEqual([said.expected_return_bps, 77, undefined]);
  const old = gridOf([{ ...said, timeframe: "1d" }], [model]);
  expect(old.columns).toHaveLength(1);
  expect(old.rows[0]?.cells[0]?.seq).toBe(said.seq);
});

it("says what a model carries, not what it was multiplied by", () => {
  expect(weightOf({ share: 0.04, blends: 5, weight: 1 })).toBe("carries 4.0\u202f% of the latest blends on 5 instruments");
  expect(weightOf({ share: 1, blends: 1, weight: 0.5 })).toBe("carries 100\u202f% of the latest blend, multiplier 0.5");
  expect(weightOf({ share: null, blends: 0, weight: 1 })).toBe("no vote yet");
});

it("leaves a model that did not answer out of the mean", () => {
  const [first] = changes.forecasts;
  if (first === undefined) throw new Error("the contract holds forecasts");
  const failed = { ...first, model: "other", expected_return_bps: null, probability_up: null, failed: "Late." };
  const grid = gridOf([{ ...first, expected_return_bps: 10, probability_up: 0.6 }, failed], []);
  expect(grid.rows[0]).toMatchObject({ mean: 10, up: 0.6 });
  expect(gridOf([failed], []).rows[0]?.mean).toBeNull();
});

it("puts open orders first and refused ones among the rest", () => {
  const [order] = changes.closed_orders;
  if (order === undefined) throw new Error("the contract holds orders");
  const open = { ...order, client_order_id: "open", state: "working", seq: 1 };
  const refusal = {
    seq: 10_000,
    ts: order.updated,
    client_order_id: "refused",
    decision_id: "d",
    instrument_id: "AAPL.SIM",
    side: "buy" as const,
    quantity: "1",
    rule: "max_position",
    reason: "Too large.",
    figures: {},
  };
  const lines = orderLines({ ...changes, open_orders: [open], refusals: [refusal] });
  expect(lines.slice(0, 2).map((line) => [line.id, line.state])).toEqual([
    ["open", "working"],
    ["refused", "refused"],
  ]);
  expect(lines).toHaveLength(2 + changes.closed_orders.length);
});

it("gives the chart rising times, the last of several marks in a second, and drawdown below zero", () => {
  const series = seriesOf([
    [1, "2026-03-02T00:00:00Z", "100.00", 0],
    [2, "2026-03-02T00:00:00.5Z", "99.00", 1],
    [3, "2026-03-02T00:00:01Z", "98.00", 2],
  ]);
  expect(series.equity.map((point) => point.value)).toEqual([99, 98]);
  expect(series.drawdown.map((point) => point.value)).toEqual([-1, -2]);
});
