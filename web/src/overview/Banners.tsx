import type { ReactNode } from "react";
import { words } from "../format/words";
import type { Changes } from "../wire/types";

/** What a reader must know before reading any number: synthetic data, overrides, tripped breakers, the end. */
export function Banners({ changes }: { changes: Changes }) {
  const { session } = changes;
  if (session === null) return null;
  const tripped = changes.breakers.filter((row) => row.state === "tripped" && row.action !== "note");
  const overridden = [...new Set(changes.models.filter((row) => row.overridden).map((row) => row.model))];
  const otherNotes = session.notes.filter((note) => !/synthetic/i.test(note));
  return (
    <div className="grid gap-2 lg:grid-cols-[repeat(auto-fit,minmax(22rem,1fr))]">
      {session.synthetic ? (
        <Banner tone="warn" title="Synthetic data">
          {synthetic(session.notes)} No figure on this page says anything about a real market.
        </Banner>
      ) : null}
      {tripped.length > 0 ? (
        <Banner tone="down" title={tripped.length === 1 ? "A breaker has tripped" : `${tripped.length} breakers have tripped`}>
          {tripped.map((row) => `${words(row.breaker)}${row.scope_key ? ` (${row.scope_key})` : ""}`).join(", ")}: see
          Breakers below.
        </Banner>
      ) : null}
      {overridden.length > 0 ? (
        <Banner tone="warn" title="The promotion gate was overridden">
          {overridden.map(words).join(", ")}{" "}
          {overridden.length === 1 ? "trades although the gate refused it." : "trade although the gate refused them."}
        </Banner>
      ) : null}
      {otherNotes.map((note) => (
        <Banner key={note} tone="plain" title="Note">
          {note}
        </Banner>
      ))}
      {session.phase === "ended" ? (
        <Banner tone="plain" title="The session has ended">
          {session.end_reason || "It was stopped in good order."}
        </Banner>
      ) : null}
    </div>
  );
}

/** The note that says so, without the words that the title says already. */
function synthetic(notes: string[]): string {
  const note = notes.find((one) => /synthetic/i.test(one)) ?? "";
  const rest = note.replace(/^synthetic data[:.,]?\s*/i, "");
  return rest === "" ? "" : `${rest.charAt(0).toUpperCase()}${rest.slice(1).replace(/\.?$/, ".")}`;
}

const TONES = {
  warn: "border-warn/30 bg-warn-wash text-warn",
  down: "border-down/30 bg-down-wash text-down",
  plain: "border-line bg-raised text-soft",
} as const;

function Banner({ tone, title, children }: { tone: keyof typeof TONES; title: string; children: ReactNode }) {
  return (
    <p role="note" className={`rounded-lg border px-4 py-2 text-[0.8125rem] ${TONES[tone]}`}>
      <strong className="mr-2 font-semibold">{title}</strong>
      <span className="text-ink/80">{children}</span>
    </p>
  );
}
