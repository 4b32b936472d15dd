import { type SessionState, sessionsAt } from "../clock/sessions";
import { duration, longDay } from "../format/time";
import { useNow } from "../session/useNow";

const MINUTE_MS = 60_000;

/** A session whose latest record is older than this is not happening now. */
const LATE_MS = 3_600_000;

/**
 * The trading day around the world, with the time until each session opens or closes: now, or at `at`, the latest
 * record of a session that is over or replays another time.
 */
export function SessionClock({ at, ended }: { at: string | null; ended: boolean }) {
  const wall = useNow(1000);
  const told = at === null ? wall : Date.parse(at);
  const past = ended || wall - told > LATE_MS;
  const now = past ? told : wall;
  const utc = new Date(now).toISOString();
  return (
    <section
      aria-label="Trading sessions around the world"
      className="grid grid-cols-2 gap-px overflow-hidden rounded-lg border border-line bg-line sm:grid-cols-[auto_repeat(4,1fr)]"
    >
      <div className="col-span-2 flex items-baseline gap-2 bg-surface px-4 py-2 text-xs sm:col-span-1 sm:block">
        <div className="text-2xs text-faint">{past ? longDay(utc) : "UTC"}</div>
        <time dateTime={utc} className="font-medium">
          {utc.slice(11, 19)}
          {past ? " UTC" : ""}
        </time>
      </div>
      {sessionsAt(now).map((session) => (
        <City key={session.name} session={session} />
      ))}
    </section>
  );
}

function City({ session }: { session: SessionState }) {
  const left = duration(session.minutesLeft * MINUTE_MS);
  return (
    <div className="relative bg-surface px-4 py-2 text-xs">
      <div className="flex items-center gap-1.5 text-2xs text-faint">
        <span
          className={`size-1.5 rounded-full ${session.open ? "bg-up" : "border border-faint"}`}
          aria-hidden="true"
        />
        {session.name}
      </div>
      <div className={session.open ? "font-medium" : "text-soft"}>
        {session.open ? `Closes in ${left}` : `Opens in ${left}`}
      </div>
      <div
        className="absolute bottom-0 left-0 h-0.5 bg-up/70"
        style={{ width: `${100 * session.passed}%` }}
        aria-hidden="true"
      />
    </div>
  );
}
