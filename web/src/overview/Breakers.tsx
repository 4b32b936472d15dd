import { figure } from "../format/numbers";
import { longTime } from "../format/time";
import { words } from "../format/words";
import { Empty } from "../parts/Empty";
import { Panel } from "../parts/Panel";
import { Pill } from "../parts/Pill";
import type { BreakerRow } from "../wire/types";
import { OperatorField } from "./OperatorField";
import { TokenForm } from "./TokenForm";
import { useCommand } from "./useCommand";

/** Breakers that have tripped, those that still stand first, and the way to arm them again. */
export function Breakers({ breakers, ended }: { breakers: BreakerRow[]; ended: boolean }) {
  const tripped = breakers.filter((row) => row.state === "tripped" && row.action !== "note").length;
  const sorted = breakers.toSorted(
    (left, right) => right.state.localeCompare(left.state) || right.seq - left.seq,
  );
  return (
    <Panel title="Breakers" aside={tripped > 0 ? `${tripped} tripped` : "all armed"}>
      {sorted.length === 0 ? (
        <Empty>All breakers are armed; none has tripped in this session.</Empty>
      ) : (
        <ul className="divide-y divide-line/70 px-4 pb-2">
          {sorted.map((row) => (
            <Breaker key={row.key} row={row} ended={ended} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Breaker({ row, ended }: { row: BreakerRow; ended: boolean }) {
  const tripped = row.state === "tripped";
  // A note says what a reader must know (a gauge that is missing) and stops nothing: no alarm.
  const noted = tripped && row.action === "note";
  return (
    <li className="py-2 text-[0.8125rem]">
      <div className="flex items-center gap-2">
        <span className="font-medium">{words(row.breaker)}</span>
        <span className="text-2xs text-faint">{row.scope_key || row.scope}</span>
        <span className="ml-auto">
          <Pill tone={noted ? "warn" : tripped ? "down" : "up"}>{noted ? "noted" : row.state}</Pill>
        </span>
      </div>
      <p className="mt-0.5 text-xs text-soft">{row.reason}</p>
      <p className="mt-0.5 text-2xs text-faint">
        {figure(row.value)} against {figure(row.threshold)}, {row.action} at {longTime(row.tripped)}
        {row.trips > 1 ? `, ${row.trips} times in all` : ""}
        {row.rearmed === null ? "" : `; armed again ${longTime(row.rearmed)} by ${row.rearmed_by.replace("_", " ")}`}
      </p>
      {tripped && !ended ? row.rearm === "person" ? <Rearm breaker={row.key} /> : <ByItself row={row} /> : null}
    </li>
  );
}

function ByItself({ row }: { row: BreakerRow }) {
  return <p className="mt-0.5 text-2xs text-faint">Arms itself again: {row.rearm.replace("_", " ")}.</p>;
}

function Rearm({ breaker }: { breaker: string }) {
  const rearm = useCommand("rearm");
  if (rearm.isSuccess) return <p className="mt-1 text-xs text-soft">The command is on its way.</p>;
  return (
    <div className="mt-1.5">
      <button
        type="button"
        disabled={rearm.isPending}
        onClick={() => rearm.mutate(breaker)}
        className="rounded-md border border-line px-2 py-0.5 text-xs hover:bg-raised disabled:opacity-50"
      >
        Arm again
      </button>
      <OperatorField name={rearm.operator} onName={rearm.nameOperator} />
      {rearm.error ? (
        <p role="alert" className="mt-1 text-xs text-down">
          {rearm.error.message}
        </p>
      ) : null}
      {rearm.wantsToken ? <TokenForm onToken={() => rearm.reset()} /> : null}
    </div>
  );
}
