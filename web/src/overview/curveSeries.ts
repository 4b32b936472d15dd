import type { CurvePoint } from "../wire/types";

export interface Value {
  /** Seconds since 1970. */
  time: number;
  value: number;
}

export interface CurveSeries {
  equity: Value[];
  drawdown: Value[];
}

/** The curve as the chart wants it: rising times in seconds, of several marks in one second the last. */
export function seriesOf(curve: CurvePoint[]): CurveSeries {
  const equity = new Map<number, number>();
  const drawdown = new Map<number, number>();
  for (const [, iso, money, below] of curve) {
    const second = Math.floor(Date.parse(iso) / 1000);
    equity.set(second, Number(money));
    drawdown.set(second, -below);
  }
  return { equity: sorted(equity), drawdown: sorted(drawdown) };
}

function sorted(values: Map<number, number>): Value[] {
  return [...values].map(([time, value]) => ({ time, value })).toSorted((left, right) => left.time - right.time);
}
