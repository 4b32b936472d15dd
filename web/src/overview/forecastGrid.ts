import type { ForecastRow, ModelRow, Num } from "../wire/types";

export interface ForecastGridRow {
  instrument_id: string;
  /** One cell a model, in the grid's order; undefined where it has not spoken. */
  cells: (ForecastRow | undefined)[];
  /** Mean expected return over the models that spoke, in bps. */
  mean: Num;
  up: Num;
}

export interface ForecastGrid {
  models: string[];
  rows: ForecastGridRow[];
  /** Largest bound of any interval, in bps: all cells share one scale. */
  reach: number;
}

/** Forecasts as instruments by models, the strongest mean edge first. */
export function gridOf(forecasts: ForecastRow[], models: ModelRow[]): ForecastGrid {
  const spoke = new Set(forecasts.map((row) => row.model));
  const known = [...new Set(models.map((row) => row.model))].filter((name) => spoke.has(name));
  const columns = [...known, ...[...spoke].filter((name) => !known.includes(name))];
  const rows = [...byInstrument(forecasts)].map(([instrument_id, said]) => rowOf(instrument_id, said, columns));
  rows.sort((left, right) => Math.abs(right.mean ?? 0) - Math.abs(left.mean ?? 0));
  const bounds = forecasts.flatMap((row) => [Math.abs(row.lower_bps ?? 0), Math.abs(row.upper_bps ?? 0)]);
  return { models: columns, rows, reach: Math.max(1, ...bounds) };
}

function byInstrument(forecasts: ForecastRow[]): Map<string, ForecastRow[]> {
  const groups = new Map<string, ForecastRow[]>();
  for (const row of forecasts) {
    const group = groups.get(row.instrument_id);
    if (group) group.push(row);
    else groups.set(row.instrument_id, [row]);
  }
  return groups;
}

function rowOf(instrument_id: string, said: ForecastRow[], models: string[]): ForecastGridRow {
  const spoken = said.filter((row) => row.expected_return_bps !== null);
  return {
    instrument_id,
    cells: models.map((model) => said.find((row) => row.model === model)),
    mean: meanOf(spoken.map((row) => row.expected_return_bps)),
    up: meanOf(spoken.map((row) => row.probability_up)),
  };
}

function meanOf(values: Num[]): Num {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}
