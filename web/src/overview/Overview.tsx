import { lazy, Suspense, useState } from "react";
import { useLive } from "../session/useLive";
import type { Changes } from "../wire/types";
import { AccountStrip } from "./AccountStrip";
import { Banners } from "./Banners";
import { Breakers } from "./Breakers";
import { Decisions } from "./Decisions";
import { ExplanationDialog } from "./ExplanationDialog";
import { Footer } from "./Footer";
import { Forecasts } from "./Forecasts";
import { Header } from "./Header";
import { Market } from "./Market";
import { Models } from "./Models";
import { Notices } from "./Notices";
import { Orders } from "./Orders";
import { Positions } from "./Positions";
import { SessionClock } from "./SessionClock";
import { Waiting } from "./Waiting";

const Equity = lazy(() => import("./Equity"));

/** The whole page; a new token begins it anew. */
export function Overview() {
  const [round, setRound] = useState(0);
  return <Page key={round} onToken={() => setRound(round + 1)} />;
}

/** One session as it stands. */
function Page({ onToken }: { onToken: () => void }) {
  const live = useLive();
  const { changes } = live;
  return (
    <div className="mx-auto flex min-h-dvh max-w-[1760px] flex-col gap-3 p-3 sm:p-4">
      <a
        href="#account"
        className="sr-only rounded-md bg-accent px-3 py-2 text-surface focus:not-sr-only focus:absolute focus:z-10"
      >
        Skip to the account
      </a>
      <Header live={live} />
      <SessionClock at={changes?.ts ?? null} ended={changes?.session?.phase === "ended"} />
      {changes?.session ? (
        <Session changes={changes} />
      ) : (
        <Waiting link={live.link} onToken={onToken} />
      )}
      <Footer live={live} />
    </div>
  );
}

function Session({ changes }: { changes: Changes }) {
  const [asked, setAsked] = useState<string | null>(null);
  const today = changes.ts;
  const ended = changes.session?.phase === "ended";
  return (
    <main className="flex flex-col gap-3">
      <Banners changes={changes} />
      <AccountStrip changes={changes} />
      <div className="grid grid-cols-1 items-start gap-3 xl:grid-cols-12">
        <div className="flex min-w-0 flex-col gap-3 xl:col-span-8">
          <Suspense fallback={<div className="h-[22rem] rounded-lg border border-line bg-surface" />}>
            <Equity curve={changes.curve} account={changes.account} />
          </Suspense>
          <Positions positions={changes.positions} />
          <Market market={changes.market} />
          <Orders changes={changes} today={today} onExplain={setAsked} />
        </div>
        <div className="flex min-w-0 flex-col gap-3 xl:col-span-4">
          <Models models={changes.models} />
          <Decisions decisions={changes.decisions} today={today} />
          <Breakers breakers={changes.breakers} ended={ended} />
          <Notices notices={changes.notices} feeds={changes.feeds} today={today} />
        </div>
      </div>
      <Forecasts forecasts={changes.forecasts} models={changes.models} />
      {asked === null ? null : <ExplanationDialog clientOrderId={asked} onClose={() => setAsked(null)} />}
    </main>
  );
}
