import type { ReactNode } from "react";

export type PillTone = "up" | "down" | "warn" | "accent" | "plain";

const TONES: Record<PillTone, string> = {
  up: "bg-up-wash text-up",
  down: "bg-down-wash text-down",
  warn: "bg-warn-wash text-warn",
  accent: "bg-accent-wash text-accent",
  plain: "bg-raised text-soft",
};

/** A word in a tinted capsule. */
export function Pill({ tone = "plain", title, children }: { tone?: PillTone; title?: string; children: ReactNode }) {
  return (
    <span
      title={title || undefined}
      className={`inline-flex items-center gap-1 rounded px-1.5 py-0.5 text-2xs font-medium whitespace-nowrap ${TONES[tone]}`}
    >
      {children}
    </span>
  );
}
