import { decimal, signed, toneOf, type Tone } from "../format/numbers";
import type { Num } from "../wire/types";

export const TONE_TEXT: Record<Tone, string> = { up: "text-up", down: "text-down", flat: "text-soft" };

/** A gain or loss: signed, and tinted besides, so that colour never speaks alone. */
export function Amount({ value, places = 2 }: { value: string; places?: number }) {
  return <span className={TONE_TEXT[toneOf(value)]}>{decimal(value, places, true)}</span>;
}

/** A signed number, tinted. */
export function Signed({ value, places = 1, unit = "" }: { value: Num; places?: number; unit?: string }) {
  return (
    <span className={TONE_TEXT[toneOf(value)]}>
      {signed(value, places)}
      {value === null ? "" : unit}
    </span>
  );
}
