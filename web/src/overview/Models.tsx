import { figure, share as percent } from "../format/numbers";
import { words } from "../format/words";
import { Empty } from "../parts/Empty";
import { Panel } from "../parts/Panel";
import { Pill, type PillTone } from "../parts/Pill";
import { forecaster } from "../wire/merge";
import type { ModelRow } from "../wire/types";

const TONES: Record<string, PillTone> = { accepted: "up", refused: "down" };

/** Every model with the verdict of the promotion gate, and the reasons where a person overrode it. */
export function Models({ models, className }: { models: ModelRow[]; className?: string }) {
  const accepted = models.filter((row) => row.verdict === "accepted").length;
  return (
    <Panel title="Models" aside={`${accepted} of ${models.length} accepted by the gate`} className={className ?? ""}>
      {models.length === 0 ? (
        <Empty>No model entered this session. A strategy of rules trades without one.</Empty>
      ) : (
        <ul className="divide-y divide-line/70 px-4 pb-2">
          {models.map((row) => (
            <Model key={forecaster(row)} row={row} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Model({ row }: { row: ModelRow }) {
  const share = row.share ?? 0;
  return (
    <li className="py-2">
      <div className="flex items-center gap-2">
        <span className="truncate text-[0.8125rem] font-medium">{words(row.model)}</span>
        <span className="text-2xs text-faint">{row.version}</span>
        {row.timeframe === "" ? null : (
          <span className="text-2xs whitespace-nowrap text-faint">
            {row.horizon_bars} × {row.timeframe}
          </span>
        )}
        <span className="ml-auto flex gap-1">
          {row.overridden ? <Pill tone="warn">overridden</Pill> : null}
          <Pill tone={TONES[row.verdict] ?? "plain"}>
            <span aria-hidden="true">{row.verdict === "accepted" ? "✓" : row.verdict === "refused" ? "✕" : "·"}</span>
            {row.verdict}
          </Pill>
        </span>
      </div>
      <div className="mt-1 flex items-center gap-2 text-2xs text-faint">
        <span
          className="h-1 w-24 shrink-0 overflow-hidden rounded-full bg-raised"
          aria-hidden="true"
        >
          <span className="block h-full rounded-full bg-accent" style={{ width: `${Math.min(100 * share, 100)}%` }} />
        </span>
        <span>{weightOf(row)}</span>
      </div>
      <p className="mt-0.5 text-2xs text-soft">{headline(row)}</p>
      {row.overridden ? <Override row={row} /> : null}
    </li>
  );
}

function Override({ row }: { row: ModelRow }) {
  return (
    <details className="mt-1 text-2xs text-soft">
      <summary className="text-warn">Why it was refused, and why it trades</summary>
      <ul className="mt-1 list-disc space-y-0.5 pl-4">
        {row.gate_reasons.map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
      </ul>
      <p className="mt-1">Override: {row.override_reason}</p>
    </details>
  );
}

/** What the model carries in the latest blends, and the multiplier where it is not 1. */
export function weightOf(row: Pick<ModelRow, "share" | "blends" | "weight">): string {
  const multiplied = row.weight === null || row.weight === 1 ? "" : `, multiplier ${figure(row.weight)}`;
  if (row.share === null) return `no vote yet${multiplied}`;
  const over = row.blends === 1 ? "the latest blend" : `the latest blends on ${row.blends} instruments`;
  return `carries ${percent(row.share, row.share < 0.1 ? 1 : 0)} of ${over}${multiplied}`;
}

/** The figures a reader asks for first, with their interval where there is one. */
function headline(row: ModelRow): string {
  const { sharpe, sharpe_low: low, sharpe_high: high, accuracy, base_rate: base } = row.figures;
  const parts = [];
  if (sharpe !== undefined) {
    const interval = low === undefined || high === undefined ? "" : ` (${figure(low)} to ${figure(high)})`;
    parts.push(`Sharpe ${figure(sharpe)}${interval}`);
  }
  if (accuracy !== undefined) {
    parts.push(`accuracy ${percent(accuracy, 1)}${base === undefined ? "" : ` against ${percent(base, 1)}`}`);
  }
  return parts.join(", ");
}
