import { useState } from "react";
import { words } from "../format/words";
import { longTime } from "../format/time";
import { Logo } from "../parts/Logo";
import { Pill, type PillTone } from "../parts/Pill";
import { type Chosen, useTakesCommands } from "../session/chosen";
import type { Live } from "../wire/stream";
import type { SessionFacts } from "../wire/types";
import { KillSwitch } from "./KillSwitch";
import { LinkState } from "./LinkState";
import { SessionPicker } from "./SessionPicker";

const MODE_TONE: Record<string, PillTone> = { live: "down", shadow: "warn", paper: "accent", backtest: "plain" };
const PHASES = { warming_up: "Warming up", open: "Trading", ended: "Ended" } as const;

/** Who we are, which session this is, whether the page is live, and the way to stop it all. */
export function Header({ live, onChoose }: { live: Live; onChoose: (session: Chosen) => void }) {
  const [killing, setKilling] = useState(false);
  const commanded = useTakesCommands();
  const session = live.changes?.session ?? null;
  return (
    <header className="flex flex-wrap items-center gap-x-5 gap-y-2">
      <h1>
        <Logo />
      </h1>
      <SessionPicker now={session?.session_id ?? ""} onChoose={onChoose} />
      {session === null ? null : <SessionName session={session} at={live.changes?.ts ?? null} />}
      <div className="ml-auto flex items-center gap-3">
        <LinkState link={live.link} lostAt={live.lostAt} />
        {session === null || session.phase === "ended" || !commanded ? null : (
          <button
            type="button"
            onClick={() => setKilling(true)}
            className="rounded-md border border-down/40 px-2.5 py-1 text-xs font-medium text-down hover:bg-down-wash"
          >
            Kill switch
          </button>
        )}
      </div>
      {killing ? <KillSwitch onClose={() => setKilling(false)} /> : null}
    </header>
  );
}

function SessionName({ session, at }: { session: SessionFacts; at: string | null }) {
  return (
    <div className="flex min-w-0 flex-wrap items-center gap-x-2.5 gap-y-1 text-xs text-soft max-sm:order-last max-sm:w-full">
      <Pill tone={MODE_TONE[session.mode] ?? "plain"}>{session.mode.toUpperCase()}</Pill>
      <Pill tone={session.phase === "open" ? "up" : "plain"}>{PHASES[session.phase]}</Pill>
      <span className="text-faint">{session.strategies.map(words).join(", ") || "strategy"}</span>
      <span className="text-faint">
        <span className="sr-only">Session time </span>
        {longTime(at)}
      </span>
    </div>
  );
}
