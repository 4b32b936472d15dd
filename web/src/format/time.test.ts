import { expect, it } from "vitest";
import { duration, longDay, longTime, shortTime } from "./time";

it("shows the day only where it differs, and the year of every other year", () => {
  expect(shortTime("2026-03-02T14:30:05Z", "2026-03-02T20:00:00Z", 2026)).toBe("14:30:05");
  expect(shortTime("2026-03-01T14:30:05Z", "2026-03-02T20:00:00Z", 2026)).toBe("1 Mar 14:30");
  expect(shortTime("2025-12-31T14:30:05Z", "2026-03-02T20:00:00Z", 2026)).toBe("31 Dec 2025 14:30");
  expect(shortTime("2021-03-02T14:30:05Z", "2021-03-02T20:00:00Z", 2026)).toBe("2 Mar 2021 14:30");
  expect([longDay("2021-03-02T14:30:05Z"), longDay(null)]).toEqual(["2 Mar 2021", "–"]);
  expect(longTime("2026-12-31T23:59:59.5Z")).toBe("31 Dec 2026, 23:59:59 UTC");
});

it("says how long in the two largest units", () => {
  expect([38_000, 240_000, 7_500_000, 200_000_000].map(duration)).toEqual(["38 s", "4 min", "2 h 05 min", "2 d 7 h"]);
});
