import { expect, it } from "vitest";
import { backoff } from "./backoff";

it("waits longer each time, up to a bound, never less than half of it", () => {
  const longest = [1, 2, 3, 4, 5, 6, 7, 20].map((attempt) => backoff(attempt, 0.999_999));
  expect(longest).toEqual([400, 800, 1600, 3200, 6400, 12_800, 15_000, 15_000]);
  expect(backoff(3, 0)).toBe(800);
});
