import { asWritten, figure, share, signed, signedPercent } from "../format/numbers";
import { words } from "../format/words";
import { Signed } from "../parts/Amount";
import type { DecisionRow } from "../wire/types";

/** All that led to one decision: what each model voted, what each filter said, and how the size came about. */
export function DecisionDetail({ row }: { row: DecisionRow }) {
  return (
    <div className="mx-2 mb-2 rounded-md bg-raised px-3 py-2.5 text-xs">
      <p className="text-soft">{row.reason}</p>
      <p className="mt-1 text-2xs text-faint">
        Position {asWritten(row.current_quantity)} to {asWritten(row.target_quantity)}, edge {signed(row.edge_bps)} bps
        before costs of {figure(row.cost_bps)} bps, up {share(row.probability_up, 1)}, confidence{" "}
        {share(row.confidence)}
        {row.regime ? `, regime ${row.regime}` : ""}
      </p>
      <div className="mt-2.5 grid gap-x-5 gap-y-3 sm:grid-cols-3">
        <Votes row={row} />
        <Filters row={row} />
        <Sizing row={row} />
      </div>
    </div>
  );
}

function Votes({ row }: { row: DecisionRow }) {
  return (
    <div>
      <h4 className="mb-1 text-2xs text-faint">Votes</h4>
      {row.votes.length === 0 ? <p className="text-faint">No model voted.</p> : null}
      <ul className="space-y-1.5">
        {row.votes.map((vote) => (
          <li key={vote.model}>
            <div className="flex justify-between gap-2">
              <span className="truncate">{words(vote.model)}</span>
              <Signed value={vote.edge_bps} />
            </div>
            <div className="flex items-center gap-2 text-2xs text-faint">
              <span className="h-1 flex-1 overflow-hidden rounded-full bg-line" aria-hidden="true">
                <span
                  className="block h-full bg-accent"
                  style={{ width: `${100 * Math.min(Math.abs(vote.weight ?? 0), 1)}%` }}
                />
              </span>
              weight {share(vote.weight)}
            </div>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Filters({ row }: { row: DecisionRow }) {
  return (
    <div>
      <h4 className="mb-1 text-2xs text-faint">Filters</h4>
      {row.verdicts.length === 0 ? <p className="text-faint">None were asked.</p> : null}
      <ul className="space-y-1">
        {row.verdicts.map((verdict) => (
          <li key={verdict.name} className="flex gap-1.5">
            <span className={verdict.passed ? "text-up" : "text-down"}>
              <span aria-hidden="true">{verdict.passed ? "✓" : "✕"}</span>
              <span className="sr-only">{verdict.passed ? "passed:" : "failed:"}</span>
            </span>
            <span className="min-w-0">
              {words(verdict.name)}
              {verdict.hard ? <span className="text-2xs text-faint"> must pass</span> : null}
              <span className="block text-2xs text-faint">
                {figure(verdict.value)} against {figure(verdict.threshold)}
                {verdict.note ? `, ${verdict.note}` : ""}
              </span>
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Sizing({ row }: { row: DecisionRow }) {
  const largest = Math.max(1e-9, ...row.sizing.map((step) => Math.abs(step.weight ?? 0)));
  return (
    <div>
      <h4 className="mb-1 text-2xs text-faint">Sizing, weight of equity after each step</h4>
      {row.sizing.length === 0 ? <p className="text-faint">No size was computed.</p> : null}
      <ol className="space-y-1.5">
        {row.sizing.map((step) => (
          <li key={step.step}>
            <div className="flex justify-between gap-2">
              <span className="truncate">{words(step.step)}</span>
              <span>{signedPercent(step.weight === null ? null : 100 * step.weight)}</span>
            </div>
            <div className="h-1 overflow-hidden rounded-full bg-line" aria-hidden="true">
              <div
                className={`h-full ${(step.weight ?? 0) < 0 ? "bg-down/70" : "bg-up/70"}`}
                style={{ width: `${(100 * Math.abs(step.weight ?? 0)) / largest}%` }}
              />
            </div>
          </li>
        ))}
      </ol>
    </div>
  );
}
