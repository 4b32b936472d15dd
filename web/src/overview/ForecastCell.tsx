import { plain, share, signed, toneOf } from "../format/numbers";
import { TONE_TEXT } from "../parts/Amount";
import type { ForecastRow } from "../wire/types";

const WIDTH = 100;
const FILL = { up: "fill-up", down: "fill-down", flat: "fill-soft" } as const;
const STROKE = { up: "stroke-up", down: "stroke-down", flat: "stroke-soft" } as const;

/** One forecast: its edge, its interval on a scale that all cells share, and a bar of its confidence. */
export function ForecastCell({ forecast, reach }: { forecast: ForecastRow | undefined; reach: number }) {
  if (forecast === undefined) return <span className="text-2xs text-faint">no word yet</span>;
  if (forecast.failed) {
    return (
      <span className="text-2xs text-warn" title={forecast.failed}>
        no answer
      </span>
    );
  }
  const tone = toneOf(forecast.expected_return_bps);
  return (
    <div className="w-full min-w-[5.5rem] max-w-[8rem]" title={spoken(forecast)}>
      <div className="flex items-baseline justify-between gap-2">
        <span className={`text-xs font-medium ${TONE_TEXT[tone]}`}>{signed(forecast.expected_return_bps)}</span>
        <span className="text-2xs text-faint">
          <span className="sr-only">confidence </span>
          {share(forecast.confidence)}
        </span>
      </div>
      <svg viewBox={`0 0 ${WIDTH} 8`} className="mt-0.5 h-2 w-full" aria-hidden="true" preserveAspectRatio="none">
        <line x1={at(0, reach)} x2={at(0, reach)} y1="0" y2="8" className="stroke-line" strokeWidth="1" />
        <line
          x1={at(forecast.lower_bps, reach)}
          x2={at(forecast.upper_bps, reach)}
          y1="4"
          y2="4"
          className={`${STROKE[tone]} opacity-35`}
          strokeWidth="2"
        />
        <rect x={at(forecast.expected_return_bps, reach) - 1.5} y="1" width="3" height="6" rx="1" className={FILL[tone]} />
      </svg>
      <div className="mt-0.5 h-1 overflow-hidden rounded-full bg-raised" aria-hidden="true">
        <div
          className="h-full rounded-full bg-accent/70"
          style={{ width: `${100 * Math.min(forecast.confidence ?? 0, 1)}%` }}
        />
      </div>
    </div>
  );
}

function at(bps: number | null, reach: number): number {
  return (WIDTH / 2) * (1 + Math.max(-1, Math.min((bps ?? 0) / reach, 1)));
}

function spoken(row: ForecastRow): string {
  return (
    `${row.model} ${row.model_version}: ${signed(row.expected_return_bps)} bps over ${row.horizon_bars} bars of ${row.timeframe}, ` +
    `${plain(row.lower_bps)} to ${plain(row.upper_bps)}; up with probability ${plain(row.probability_up, 3)}`
  );
}
