import type { Num } from "../wire/types";

const MINUS = "\u2212";
export const NOTHING = "\u2013";

/** Exact decimal text with grouped digits and `places` decimals: `1,000,000.00`. */
export function decimal(text: string | null, places = 2, withPlus = false): string {
  if (text === null) return NOTHING;
  const format = new Intl.NumberFormat("en-US", {
    minimumFractionDigits: places,
    maximumFractionDigits: places,
    signDisplay: withPlus ? "exceptZero" : "negative",
  });
  // A decimal string is formatted exactly; only a number would go through binary floating point.
  return format.format(text as Intl.StringNumericLiteral).replace("-", MINUS);
}

/** A price or quantity as the venue writes it, with grouped digits and its own decimals. */
export function asWritten(text: string | null): string {
  if (text === null) return NOTHING;
  const places = text.split(".")[1]?.length ?? 0;
  return decimal(text, Math.min(places, 8));
}

/** `+12.3` */
export function signed(value: Num, places = 1): string {
  if (value === null) return NOTHING;
  const text = Math.abs(value).toFixed(places);
  if (Number(text) === 0) return text;
  return `${value < 0 ? MINUS : "+"}${text}`;
}

/** `12.3` */
export function plain(value: Num, places = 1): string {
  return value === null ? NOTHING : value.toFixed(places).replace("-", MINUS);
}

/** Four significant digits at most, for figures of any size. */
export function figure(value: Num): string {
  if (value === null) return NOTHING;
  return new Intl.NumberFormat("en-US", { maximumSignificantDigits: 4 }).format(value).replace("-", MINUS);
}

/** A fraction as `62 %` */
export function share(value: Num, places = 0): string {
  return value === null ? NOTHING : `${(100 * value).toFixed(places)}\u202f%`;
}

/** Percent as `+1.24 %` */
export function signedPercent(value: Num, places = 2): string {
  return value === null ? NOTHING : `${signed(value, places)}\u202f%`;
}

export type Tone = "up" | "down" | "flat";

/** Which way an amount points. */
export function toneOf(value: string | Num): Tone {
  const number = Number(value ?? 0);
  if (number > 0) return "up";
  return number < 0 ? "down" : "flat";
}
