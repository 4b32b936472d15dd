import { describe, expect, it } from "vitest";
import contract from "./contract.json";
import { merge } from "./merge";
import type { Changes } from "./types";

const before = contract.before as unknown as Changes;
const change = contract.change as unknown as Changes;
const after = contract.after as unknown as Changes;

describe("merge", () => {
  it("gives the session that the server has", () => {
    expect(merge(before, change)).toEqual(after);
  });

  it("may be told the same twice", () => {
    expect(merge(merge(before, change), change)).toEqual(after);
  });

  it("takes a snapshot as it is, from nothing too", () => {
    expect(merge(null, after)).toBe(after);
    expect(merge(before, after)).toBe(after);
  });

  it("keeps apart what two strategies hold of one instrument", () => {
    const [held] = before.positions;
    if (held === undefined) throw new Error("the contract holds positions");
    const other = { ...held, strategy: "another", quantity: "7" };
    const merged = merge(before, { ...change, positions: [other] });
    expect(merged?.positions).toEqual([...before.positions, other]);
  });

  it("refuses a change that leaves a hole", () => {
    expect(merge(before, { ...change, since: before.seq + 1 })).toBeNull();
    expect(merge(null, change)).toBeNull();
  });

  it("leaves sections alone that nothing changed", () => {
    const nothing: Changes = { ...change, market: [], models: [], decisions: [], notices: [], curve: [], curve_after: before.seq };
    const merged = merge(before, nothing);
    expect(merged?.market).toBe(before.market);
    expect(merged?.decisions).toBe(before.decisions);
    expect(merged?.curve).toBe(before.curve);
  });
});
