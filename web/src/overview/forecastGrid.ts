import { forecaster } from "../wire/merge";
import type { ForecastRow, ModelRow, Num } from "../wire/types";

export interface ForecastColumn {
  key: string;
  model: string;
  timeframe: string;
  horizon_bars: number;
}

export interface ForecastGridRow {
  instrument_id: string;
  /** One cell a column, in the grid's order; undefined where the model has not spoken. */
  cells: (ForecastRow | undefined)[];
  /** Mean expected return over the models that spoke, in bps. */
  mean: Num;
  up: Num;
}

export interface ForecastGrid {
  /** Every model of the session, also one that has not spoken yet. */
  columns: ForecastColumn[];
  rows: ForecastGridRow[];
  /** How many of the columns have spoken on any instrument. */
  spoken: number;
  /** Largest bound of any interval, in bps: all cells share one scale. */
  reach: number;
}

/** Forecasts as instruments by models, the strongest mean edge first. */
export function gridOf(forecasts: ForecastRow[], models: ModelRow[]): ForecastGrid {
  const columns = new Map(models.map((row) => [forecaster(row), columnOf(row)]));
  const byColumn = new Map<string, ForecastRow[]>();
  for (const row of forecasts) {
    const key = keyOf(row, columns);
    if (!columns.has(key)) columns.set(key, columnOf(row));
    byColumn.set(key, [...(byColumn.get(key) ?? []), row]);
  }
  const shown = [...columns.values()];
  const names = [...new Set(forecasts.map((row) => row.instrument_id))];
  const rows = names.map((name) => rowOf(name, shown.map(({ key }) => latestOn(name, byColumn.get(key) ?? []))));
  rows.sort((left, right) => Math.abs(right.mean ?? 0) - Math.abs(left.mean ?? 0));
  const bounds = forecasts.flatMap((row) => [Math.abs(row.lower_bps ?? 0), Math.abs(row.upper_bps ?? 0)]);
  return { columns: shown, rows, spoken: byColumn.size, reach: Math.max(1, ...bounds) };
}

function columnOf(row: ModelRow | ForecastRow): ForecastColumn {
  const { model, timeframe, horizon_bars } = row;
  return { key: forecaster(row), model, timeframe, horizon_bars };
}

/** The column of the model that said it; older journals do not say on which timeframe. */
function keyOf(row: ForecastRow, columns: Map<string, ForecastColumn>): string {
  const own = forecaster(row);
  if (columns.has(own)) return own;
  const named = [...columns.values()].filter((column) => column.model === row.model);
  return named.length === 1 && named[0] !== undefined ? named[0].key : own;
}

function latestOn(instrument_id: string, said: ForecastRow[]): ForecastRow | undefined {
  const here = said.filter((row) => row.instrument_id === instrument_id);
  return here.toSorted((left, right) => right.seq - left.seq)[0];
}

function rowOf(instrument_id: string, cells: (ForecastRow | undefined)[]): ForecastGridRow {
  const spoken = cells.filter((row) => row !== undefined && row.expected_return_bps !== null);
  return {
    instrument_id,
    cells,
    mean: meanOf(spoken.map((row) => row?.expected_return_bps ?? null)),
    up: meanOf(spoken.map((row) => row?.probability_up ?? null)),
  };
}

function meanOf(values: Num[]): Num {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}
