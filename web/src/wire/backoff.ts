const FIRST_MS = 400;
const LONGEST_MS = 15_000;

/** Milliseconds to wait before attempt number `attempt` (from 1); `chance` in [0, 1) spreads clients apart. */
export function backoff(attempt: number, chance: number): number {
  const longest = Math.min(FIRST_MS * 2 ** (attempt - 1), LONGEST_MS);
  return Math.round(longest * (0.5 + chance / 2));
}
