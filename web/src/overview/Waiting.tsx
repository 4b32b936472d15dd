import type { Link } from "../wire/stream";
import { TokenForm } from "./TokenForm";

/** What stands in the place of a session: still loading, no session yet, no server, or no token. */
export function Waiting({ link, problem, onToken }: { link: Link; problem: string; onToken: () => void }) {
  if (link === "connecting") return <Skeleton />;
  return (
    <main className="grid flex-1 place-items-center rounded-lg border border-dashed border-line px-6 py-24 text-center">
      <div className="max-w-md">
        {link === "live" ? (
          <>
            <h2 className="text-lg font-semibold">No session yet</h2>
            <p className="mt-2 text-soft">The server is here and waits for a journal. Start a session, for example:</p>
            <code className="mt-3 inline-block rounded-md bg-raised px-3 py-2 font-mono text-xs">
              tradewind paper
            </code>
          </>
        ) : null}
        {link === "lost" && problem !== "" ? (
          <div role="alert">
            <h2 className="text-lg font-semibold">The session cannot be shown</h2>
            <p className="mt-2 text-soft">{problem}</p>
          </div>
        ) : null}
        {link === "lost" && problem === "" ? (
          <div role="alert">
            <h2 className="text-lg font-semibold">The server does not answer</h2>
            <p className="mt-2 text-soft">
              This page tries again by itself. If it stays so, start the server with{" "}
              <code className="font-mono text-xs">tradewind serve</code>.
            </p>
          </div>
        ) : null}
        {link === "locked" ? (
          <>
            <h2 className="text-lg font-semibold">This server asks for its token</h2>
            <div className="flex justify-center text-left">
              <TokenForm onToken={onToken} />
            </div>
          </>
        ) : null}
      </div>
    </main>
  );
}

function Skeleton() {
  return (
    <main aria-busy="true" className="grid animate-pulse gap-3 xl:grid-cols-12">
      <p className="sr-only">Loading the session</p>
      <div className="h-20 rounded-lg border border-line bg-surface xl:col-span-12" />
      <div className="h-80 rounded-lg border border-line bg-surface xl:col-span-8" />
      <div className="h-80 rounded-lg border border-line bg-surface xl:col-span-4" />
      <div className="h-64 rounded-lg border border-line bg-surface xl:col-span-12" />
    </main>
  );
}
