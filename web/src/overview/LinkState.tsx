import { duration } from "../format/time";
import { useNow } from "../session/useNow";
import type { Link } from "../wire/stream";

const LOOKS: Record<Link, { dot: string; text: string }> = {
  connecting: { dot: "bg-faint", text: "Connecting" },
  live: { dot: "bg-up", text: "Live" },
  lost: { dot: "bg-warn animate-pulse", text: "Reconnecting" },
  locked: { dot: "bg-down", text: "Token needed" },
};

/** Whether what is shown is live, and if not since when. */
export function LinkState({ link, lostAt }: { link: Link; lostAt: number | null }) {
  const now = useNow(1000);
  const { dot, text } = LOOKS[link];
  return (
    <output className="flex items-center gap-1.5 text-xs text-soft">
      <span className={`size-2 rounded-full ${dot}`} aria-hidden="true" />
      {text}
      {link === "lost" && lostAt !== null ? (
        <span className="text-faint" aria-hidden="true">
          {duration(now - lostAt)} old
        </span>
      ) : null}
    </output>
  );
}
