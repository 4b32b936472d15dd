import { shortTime } from "../format/time";
import { words } from "../format/words";
import { Empty } from "../parts/Empty";
import { Panel } from "../parts/Panel";
import type { FeedRow, Notice } from "../wire/types";

const DOTS = { info: "bg-faint", warning: "bg-warn", critical: "bg-down" } as const;
const SHOWN = 8;

/** What a person should see, latest first, and how the feeds stand. */
export function Notices({ notices, feeds, today }: { notices: Notice[]; feeds: FeedRow[]; today: string | null }) {
  const standing = feeds.map((feed) => `${words(feed.feed)} ${feed.status}`).join(", ");
  return (
    <Panel title="Notices" aside={standing || "no feed has reported"} className="flex-1">
      {notices.length === 0 ? (
        <Empty>Nothing has happened that needs a person.</Empty>
      ) : (
        <ul className="space-y-1.5 px-4 pb-3 text-xs" aria-live="polite">
          {notices.slice(0, SHOWN).map((row) => (
            <li key={row.seq} className="grid grid-cols-[auto_1fr_auto] items-baseline gap-2">
              <span className={`size-1.5 translate-y-[-1px] rounded-full ${DOTS[row.severity]}`} aria-hidden="true" />
              <span className="min-w-0 text-soft">
                <span className="sr-only">{row.severity}: </span>
                {row.instrument_id ? <span className="font-medium text-ink">{row.instrument_id} </span> : null}
                {row.text}
              </span>
              <span className="text-2xs whitespace-nowrap text-faint">{shortTime(row.ts, today)}</span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
