import type { Changes, CurvePoint, ModelRow, PositionRow } from "./types";

/** The session after `change`, or null when the change does not continue what is known. */
export function merge(before: Changes | null, change: Changes): Changes | null {
  if (change.reset) return change;
  if (before === null || change.since > before.seq) return null;
  const { limits } = change;
  return {
    ...change,
    kind: before.kind,
    since: before.since,
    reset: before.reset,
    session: change.session ?? before.session,
    curve_after: before.curve_after,
    curve: continued(before.curve, change.curve_after, change.curve),
    market: replaced(before.market, change.market, (row) => row.instrument_id),
    models: replaced(before.models, change.models, forecaster),
    positions: replaced(before.positions, change.positions, holder),
    forecasts: replaced(before.forecasts, change.forecasts, (row) => `${row.instrument_id}\n${forecaster(row)}`),
    breakers: replaced(before.breakers, change.breakers, (row) => row.key),
    feeds: replaced(before.feeds, change.feeds, (row) => row.feed),
    decisions: newest(before.decisions, change.decisions, limits.decisions),
    open_orders: change.open_orders ?? before.open_orders,
    closed_orders: newest(before.closed_orders, change.closed_orders, limits.closed_orders),
    refusals: newest(before.refusals, change.refusals, limits.refusals),
    notices: newest(before.notices, change.notices, limits.notices),
  };
}

/** The same model may be fitted on two timeframes, or on two horizons of one. */
export function forecaster(row: Pick<ModelRow, "model" | "timeframe" | "horizon_bars">): string {
  return `${row.model}\n${row.timeframe}\n${row.horizon_bars}`;
}

/** Two strategies, or two accounts, may hold the same instrument. */
export function holder(row: PositionRow): string {
  return `${row.account}\n${row.strategy}\n${row.instrument_id}`;
}

function continued(before: CurvePoint[], after: number, added: CurvePoint[]): CurvePoint[] {
  if (added.length === 0 && (before.at(-1)?.[0] ?? 0) <= after) return before;
  return [...before.filter(([seq]) => seq <= after), ...added];
}

/** Rows by key: changed ones in the place of the old, new ones at the end. */
function replaced<Row>(before: Row[], changed: Row[], key: (row: Row) => string): Row[] {
  if (changed.length === 0) return before;
  const rows = new Map(before.map((row) => [key(row), row]));
  for (const row of changed) rows.set(key(row), row);
  return [...rows.values()];
}

/** Newest first, each record once, at most `limit`. */
function newest<Row extends { seq: number }>(before: Row[], changed: Row[], limit: number): Row[] {
  if (changed.length === 0) return before;
  const rows = new Map(before.map((row) => [row.seq, row]));
  for (const row of changed) rows.set(row.seq, row);
  return [...rows.values()].toSorted((left, right) => right.seq - left.seq).slice(0, limit);
}
