import { lazy, Suspense, useEffect, useState } from "react";
import { type Chosen, ChosenSession, chosenIn, queryOf, useBase, useTakesCommands } from "../session/chosen";
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
import { Trades } from "./Trades";
import { Waiting } from "./Waiting";

const GRID = "grid grid-cols-1 items-start gap-3 xl:grid-cols-12";
const WIDE = "flex min-w-0 flex-col gap-3 xl:col-span-8";
const NARROW = "flex min-w-0 flex-col gap-3 xl:col-span-4";
const Equity = lazy(() => import("./Equity"));
const Prices = lazy(() => import("./Prices"));

/** The whole page; a new token or another session begins it anew. */
export function Overview() {
  const [round, setRound] = useState(0);
  const [chosen, setChosen] = useState<Chosen>(() => chosenIn(window.location.search));
  useEffect(() => {
    const back = () => setChosen(chosenIn(window.location.search));
    window.addEventListener("popstate", back);
    return () => window.removeEventListener("popstate", back);
  }, []);
  function choose(session: Chosen): void {
    if (session === chosen) return;
    window.history.pushState(null, "", `${window.location.pathname}${queryOf(session)}`);
    setChosen(session);
  }
  return (
    <ChosenSession value={chosen}>
      <Page key={`${round} ${chosen}`} onToken={() => setRound(round + 1)} onChoose={choose} />
    </ChosenSession>
  );
}

/** One session as it stands. */
function Page({ onToken, onChoose }: { onToken: () => void; onChoose: (session: Chosen) => void }) {
  const live = useLive(useBase());
  const { changes } = live;
  return (
    <div className="mx-auto flex min-h-dvh max-w-[1760px] flex-col gap-3 p-3 sm:p-4">
      <a
        href="#account"
        className="sr-only rounded-md bg-accent px-3 py-2 text-surface focus:not-sr-only focus:absolute focus:z-10"
      >
        Skip to the account
      </a>
      <Header live={live} onChoose={onChoose} />
      <SessionClock at={changes?.ts ?? null} ended={changes?.session?.phase === "ended"} />
      {changes?.session ? (
        <Session changes={changes} />
      ) : (
        <Waiting link={live.link} problem={live.problem} onToken={onToken} />
      )}
      <Footer live={live} />
    </div>
  );
}

function Session({ changes }: { changes: Changes }) {
  const [asked, setAsked] = useState<string | null>(null);
  const today = changes.ts;
  const ended = changes.session?.phase === "ended";
  const commanded = useTakesCommands();
  return (
    <main className="flex flex-col gap-3">
      {commanded ? null : (
        <p role="note" className="rounded-lg border border-line bg-raised px-4 py-2 text-[0.8125rem] text-soft">
          <strong className="mr-2 font-semibold">Another session</strong>
          This server follows a different one: here you can look, and give no command.
        </p>
      )}
      <Banners changes={changes} />
      <AccountStrip changes={changes} />
      <div className={GRID}>
        <div className={WIDE}>
          <Suspense fallback={<div className="h-[22rem] rounded-lg border border-line bg-surface" />}>
            <Equity curve={changes.curve} account={changes.account} />
          </Suspense>
          <Suspense fallback={<div className="h-[22rem] rounded-lg border border-line bg-surface" />}>
            <Prices market={changes.market} positions={changes.positions} running={!ended} />
          </Suspense>
          <Positions positions={changes.positions} />
        </div>
        <div className={NARROW}>
          <Models models={changes.models} />
        </div>
      </div>
      <Forecasts forecasts={changes.forecasts} models={changes.models} />
      <div className={GRID}>
        <div className={WIDE}>
          <Market market={changes.market} />
          <Trades closed={changes.counters.trades} currency={changes.session?.base_currency ?? ""} />
          <Orders changes={changes} today={today} onExplain={setAsked} />
        </div>
        <div className={NARROW}>
          <Decisions decisions={changes.decisions} today={today} />
          <Breakers breakers={changes.breakers} ended={ended || !commanded} />
          <Notices notices={changes.notices} feeds={changes.feeds} today={today} />
        </div>
      </div>
      {asked === null ? null : <ExplanationDialog clientOrderId={asked} onClose={() => setAsked(null)} />}
    </main>
  );
}
