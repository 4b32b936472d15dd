import { useQuery } from "@tanstack/react-query";
import { useContext, useState } from "react";
import { decimal } from "../format/numbers";
import { longDay } from "../format/time";
import { words } from "../format/words";
import { Dialog } from "../parts/Dialog";
import { Pill } from "../parts/Pill";
import { type Chosen, ChosenSession } from "../session/chosen";
import { listSessions } from "../wire/api";
import type { SessionSummary } from "../wire/types";

/** The name of the session that is shown, and the way to another one. */
export function SessionPicker({ now, onChoose }: { now: string; onChoose: (session: Chosen) => void }) {
  const [open, setOpen] = useState(false);
  const chosen = useContext(ChosenSession);
  return (
    <>
      <button
        type="button"
        aria-haspopup="dialog"
        onClick={() => setOpen(true)}
        className="flex min-w-0 items-center gap-1.5 rounded-md border border-line px-2.5 py-1 text-xs font-medium hover:bg-raised"
      >
        <span className="sr-only">Session </span>
        <span className="truncate">{chosen ?? (now || "Sessions")}</span>
        <span aria-hidden="true" className="text-faint">
          ▾
        </span>
      </button>
      {open ? (
        <Choice
          onClose={() => setOpen(false)}
          onChoose={(session) => {
            setOpen(false);
            onChoose(session);
          }}
        />
      ) : null}
    </>
  );
}

function Choice({ onClose, onChoose }: { onClose: () => void; onChoose: (session: Chosen) => void }) {
  const { data, error, isPending } = useQuery({ queryKey: ["sessions"], queryFn: listSessions, staleTime: 0 });
  return (
    <Dialog title="Sessions" onClose={onClose}>
      {isPending ? <p className="text-faint">Looking at the journals…</p> : null}
      {error ? (
        <p role="alert" className="text-down">
          {error.message}
        </p>
      ) : null}
      {data?.items.length === 0 ? <p className="text-faint">There is no journal yet.</p> : null}
      <ul className="-mx-2 divide-y divide-line/70">
        {data?.items.map((row) => (
          <li key={`${row.name} ${row.served}`}>
            <Choosable row={row} onChoose={() => onChoose(row.served ? null : row.name)} />
          </li>
        ))}
      </ul>
      {data !== undefined && data.older > 0 ? <p className="mt-2 text-2xs text-faint">and {data.older} older ones</p> : null}
    </Dialog>
  );
}

function Choosable({ row, onChoose }: { row: SessionSummary; onChoose: () => void }) {
  const chosen = useContext(ChosenSession);
  const shown = row.served ? chosen === null : chosen === row.name;
  if (row.problem !== "") {
    return (
      <div className="px-2 py-2 text-xs">
        <span className="text-[0.8125rem] font-medium">{row.name}</span> <Pill tone="down">damaged</Pill>
        <p className="mt-0.5 text-down">{row.problem}</p>
      </div>
    );
  }
  return (
    <button
      type="button"
      aria-current={shown}
      onClick={onChoose}
      className={`grid w-full grid-cols-[1fr_auto] items-baseline gap-x-4 rounded-md px-2 py-2 text-left text-xs hover:bg-raised ${shown ? "bg-accent-wash" : ""}`}
    >
      <span className="flex min-w-0 flex-wrap items-center gap-x-2 gap-y-1">
        <span className="text-[0.8125rem] font-medium">{row.name}</span>
        <Pill>{row.mode}</Pill>
        <span className="text-soft">{words(row.phase)}</span>
        {row.served ? <span className="text-accent">takes commands</span> : null}
      </span>
      <span className="whitespace-nowrap">
        {decimal(row.equity)} {row.base_currency}
      </span>
      <span className="text-2xs text-faint">{span(row)}</span>
    </button>
  );
}

/** `4 Jan 2021 to 30 Jun 2021`; the years stand there, since a session may be of any. */
export function span(row: Pick<SessionSummary, "started" | "until">): string {
  return row.until === null ? `from ${longDay(row.started)}` : `${longDay(row.started)} to ${longDay(row.until)}`;
}
