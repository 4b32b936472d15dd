// The trading day around the world in UTC, by the conventional foreign-exchange session table.

interface TradingHours {
  name: string;
  open: number;
  close: number;
}

export interface SessionState {
  name: string;
  open: boolean;
  /** Whole minutes until it opens or closes. */
  minutesLeft: number;
  /** How much of it has passed, 0 to 1; 0 while it is closed. */
  passed: number;
}

const HOUR = 60;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
const MS_PER_MINUTE = 60_000;
/** 1970-01-01 was a Thursday; weeks are counted from Sunday 00:00. */
const EPOCH_IN_WEEK = 4 * DAY;
const WEEK_OPENS = 22 * HOUR;
const WEEK_CLOSES = 5 * DAY + 22 * HOUR;

const SESSIONS: readonly TradingHours[] = [
  { name: "Sydney", open: 22 * HOUR, close: 7 * HOUR },
  { name: "Tokyo", open: 0, close: 9 * HOUR },
  { name: "London", open: 8 * HOUR, close: 16 * HOUR },
  { name: "New York", open: 13 * HOUR, close: 22 * HOUR },
];

function isOpen(session: TradingHours, minute: number): boolean {
  const ofWeek = minute % WEEK;
  if (ofWeek < WEEK_OPENS || ofWeek >= WEEK_CLOSES) return false;
  const ofDay = ofWeek % DAY;
  if (session.open < session.close) return session.open <= ofDay && ofDay < session.close;
  return ofDay >= session.open || ofDay < session.close;
}

/** Where each session stands at `nowMs` (ms since 1970). */
export function sessionsAt(nowMs: number): SessionState[] {
  const minute = Math.floor(nowMs / MS_PER_MINUTE) + EPOCH_IN_WEEK;
  return SESSIONS.map((session) => {
    const open = isOpen(session, minute);
    let minutesLeft = 1;
    while (minutesLeft < WEEK && isOpen(session, minute + minutesLeft) === open) minutesLeft += 1;
    const length = (session.close - session.open + DAY) % DAY;
    return { name: session.name, open, minutesLeft, passed: open ? 1 - Math.min(minutesLeft / length, 1) : 0 };
  });
}
