import { checkAccess, RefusedError } from "./api";
import { backoff } from "./backoff";
import { merge } from "./merge";
import { readToken } from "./token";
import type { Changes, Message } from "./types";

export type Link = "connecting" | "live" | "lost" | "locked";

export interface Live {
  link: Link;
  /** When the link was lost (ms since 1970), null while it holds. */
  lostAt: number | null;
  changes: Changes | null;
}

/** Longest silence before the link is taken for dead; the server speaks every ten seconds. */
const SILENCE_MS = 25_000;

/**
 * Follow the session: snapshot, changes, and after a loss the changes since the last one seen.
 * Returns a function that ends it.
 */
export function follow(onChange: (live: Live) => void): () => void {
  let live: Live = { link: "connecting", lostAt: null, changes: null };
  let socket: WebSocket | null = null;
  let attempt = 0;
  let ended = false;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let watchdog: ReturnType<typeof setTimeout> | undefined;

  function tell(change: Partial<Live>): void {
    live = { ...live, ...change };
    onChange(live);
  }

  function open(): void {
    clearTimeout(retry);
    const token = readToken();
    socket = new WebSocket(address(live.changes), token ? [`bearer.${token}`] : []);
    socket.addEventListener("message", (event: MessageEvent<string>) => hear(event.data));
    socket.addEventListener("close", () => void lost());
    listen();
  }

  function hear(text: string): void {
    listen();
    attempt = 0;
    const message = JSON.parse(text) as Message;
    if (message.kind === "heartbeat") {
      tell({ link: "live", lostAt: null });
      return;
    }
    const changes = merge(live.changes, message);
    if (changes === null) {
      live = { ...live, changes: null };
      socket?.close();
      return;
    }
    tell({ link: "live", lostAt: null, changes });
  }

  function listen(): void {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => socket?.close(), SILENCE_MS);
  }

  async function lost(): Promise<void> {
    clearTimeout(watchdog);
    if (ended) return;
    attempt += 1;
    tell({ link: await linkNow(), lostAt: live.lostAt ?? Date.now() });
    if (ended) return;
    clearTimeout(retry);
    retry = setTimeout(open, backoff(attempt, Math.random()));
  }

  function again(): void {
    if (live.link === "lost" || live.link === "locked") open();
  }

  window.addEventListener("online", again);
  open();
  return () => {
    ended = true;
    clearTimeout(retry);
    clearTimeout(watchdog);
    window.removeEventListener("online", again);
    socket?.close();
  };
}

/** A browser does not say why a WebSocket was refused, so ask over HTTP whether a token is wanted. */
async function linkNow(): Promise<Link> {
  try {
    await checkAccess();
  } catch (error) {
    if (error instanceof RefusedError && error.status === 401) return "locked";
  }
  return "lost";
}

function address(known: Changes | null): string {
  const url = new URL("/api/v1/stream", window.location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  if (known?.session) {
    url.searchParams.set("since", String(known.seq));
    url.searchParams.set("session", known.session.session_id);
  }
  return url.href;
}
