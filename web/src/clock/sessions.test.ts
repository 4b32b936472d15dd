import { describe, expect, it } from "vitest";
import { sessionsAt } from "./sessions";

function at(iso: string) {
  return Object.fromEntries(sessionsAt(Date.parse(iso)).map((one) => [one.name, one]));
}

describe("sessionsAt", () => {
  it("finds London and New York open together on a weekday", () => {
    const { Sydney, Tokyo, London, "New York": newYork } = at("2026-03-04T14:30:00Z");
    expect([Sydney?.open, Tokyo?.open, London?.open, newYork?.open]).toEqual([false, false, true, true]);
    expect(London?.minutesLeft).toBe(90);
    expect(London?.passed).toBeCloseTo(6.5 / 8);
    expect(Sydney?.minutesLeft).toBe(7.5 * 60);
  });

  it("lets Sydney run over midnight", () => {
    expect(at("2026-03-04T23:00:00Z").Sydney).toMatchObject({ open: true, minutesLeft: 8 * 60 });
    expect(at("2026-03-05T06:59:30Z").Sydney).toMatchObject({ open: true, minutesLeft: 1 });
    expect(at("2026-03-05T07:00:00Z").Sydney?.open).toBe(false);
  });

  it("is closed over the weekend and opens on Sunday at 22:00", () => {
    expect(Object.values(at("2026-03-07T12:00:00Z")).some((one) => one.open)).toBe(false);
    expect(at("2026-03-07T12:00:00Z").Sydney?.minutesLeft).toBe(34 * 60);
    expect(at("2026-03-08T22:00:00Z").Sydney?.open).toBe(true);
    expect(at("2026-03-06T21:59:00Z")["New York"]).toMatchObject({ open: true, minutesLeft: 1 });
    expect(at("2026-03-06T22:00:00Z").Sydney?.open).toBe(false);
  });
});
