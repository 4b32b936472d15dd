import { describe, expect, it } from "vitest";
import { asWritten, decimal, figure, share, signed, signedPercent, toneOf } from "./numbers";

describe("decimal", () => {
  it("is exact where binary floating point is not", () => {
    expect(decimal("9007199254740993.25")).toBe("9,007,199,254,740,993.25");
    expect(decimal("0.1")).toBe("0.10");
  });
  it("says the sign", () => {
    expect(decimal("-1234.5")).toBe("−1,234.50");
    expect(decimal("12", 2, true)).toBe("+12.00");
    expect(decimal("0.00", 2, true)).toBe("0.00");
    expect(decimal(null)).toBe("–");
  });
});

it("keeps a price's own places", () => {
  expect(asWritten("1.08420")).toBe("1.08420");
  expect(asWritten("120000")).toBe("120,000");
});

it("never shows a minus zero", () => {
  expect(signed(-0.04)).toBe("0.0");
  expect(signed(-2.345, 2)).toBe("−2.35");
  expect(signed(3)).toBe("+3.0");
  expect(signed(null)).toBe("–");
});

it("shows shares, percents and figures", () => {
  expect(share(0.624)).toBe("62\u202f%");
  expect(signedPercent(-1.234)).toBe("−1.23\u202f%");
  expect(figure(0.000_123_45)).toBe("0.0001235");
});

it("knows which way an amount points", () => {
  expect([toneOf("-0.01"), toneOf("0.00"), toneOf("5"), toneOf(null)]).toEqual(["down", "flat", "up", "flat"]);
});
