/** `14:30:05` or, on another UTC day than `today`, `2 Mar 14:30`. */
export function shortTime(iso: string, today: string | null): string {
  const sameDay = today !== null && iso.slice(0, 10) === today.slice(0, 10);
  return sameDay ? iso.slice(11, 19) : `${day(iso)} ${iso.slice(11, 16)}`;
}

/** `2 Mar 2026, 14:30:05 UTC` */
export function longTime(iso: string | null): string {
  return iso === null ? "\u2013" : `${day(iso)} ${iso.slice(0, 4)}, ${iso.slice(11, 19)} UTC`;
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
