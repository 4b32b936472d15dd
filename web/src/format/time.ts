/** What the time of a fill says; the same sentence as in reports and tables (views/fill_times.py). */
export const FILL_TIMES =
  "A fill inside a bar bears the time of the bar's close, when it was known; a market order fills at that bar's open.";

/**
 * `14:30:05` on the session's own day `today`, `2 Mar 14:30` on another, `2 Mar 2021 14:30` in another year than
 * this one (`thisYear`): a session may be years old, and then its latest day is not the reader's.
 */
export function shortTime(iso: string, today: string | null, thisYear = new Date().getUTCFullYear()): string {
  const old = Number(iso.slice(0, 4)) !== thisYear;
  if (!old && today !== null && iso.slice(0, 10) === today.slice(0, 10)) return iso.slice(11, 19);
  return `${old ? longDay(iso) : day(iso)} ${iso.slice(11, 16)}`;
}

/** `2 Mar 2026, 14:30:05 UTC` */
export function longTime(iso: string | null): string {
  return iso === null ? "\u2013" : `${longDay(iso)}, ${iso.slice(11, 19)} UTC`;
}

/** `2 Mar 2026` */
export function longDay(iso: string | null): string {
  return iso === null ? "\u2013" : `${day(iso)} ${iso.slice(0, 4)}`;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function day(iso: string): string {
  return `${Number(iso.slice(8, 10))} ${MONTHS[Number(iso.slice(5, 7)) - 1] ?? "?"}`;
}

/** `2 h 05 min`, `4 min`, `38 s` */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${String(minutes % 60).padStart(2, "0")} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
