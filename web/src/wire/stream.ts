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
  /** Why the session cannot be shown, in the server's words; empty where it does not say. */
  problem: string;
  changes: Changes | null;
}

/** Longest silence before the link is taken for dead; the server speaks every ten seconds. */
const SILENCE_MS = 25_000;

/**
 * Follow the session that answers at `base`: snapshot, changes, and after a loss the changes since the last one seen.
 * Returns a function that ends it.
 */
export function follow(base: string, onChange: (live: Live) => void): () => void {
  let live: Live = { link: "connecting", lostAt: null, problem: "", changes: null };
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
    socket = new WebSocket(address(base, live.changes), token ? [`bearer.${token}`] : []);
    socket.addEventListener("message", (event: MessageEvent<string>) => hear(event.data));
    socket.addEventListener("close", () => void lost());
    listen();
  }

  function hear(text: string): void {
    listen();
    attempt = 0;
    const message = JSON.parse(text) as Message;
    if (message.kind === "heartbeat") {
      tell({ link: "live", lostAt: null, problem: "" });
      return;
    }
    const changes = merge(live.changes, message);
    if (changes === null) {
      live = { ...live, changes: null };
      socket?.close();
      return;
    }
    tell({ link: "live", lostAt: null, problem: "", changes });
  }

  function listen(): void {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => socket?.close(), SILENCE_MS);
  }

  async function lost(): Promise<void> {
    clearTimeout(watchdog);
    if (ended) return;
    attempt += 1;
    const found = await linkNow(base);
    if (ended) return;
    tell({ ...found, lostAt: live.lostAt ?? Date.now() });
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
async function linkNow(base: string): Promise<{ link: Link; problem: string }> {
  try {
    await checkAccess(base);
  } catch (error) {
    if (error instanceof RefusedError) {
      return { link: error.status === 401 ? "locked" : "lost", problem: error.message };
    }
  }
  return { link: "lost", problem: "" };
}

function address(base: string, known: Changes | null): string {
  const url = new URL(`${base}/stream`, window.location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  if (known?.session) {
    url.searchParams.set("since", String(known.seq));
    url.searchParams.set("session", known.session.session_id);
  }
  return url.href;
}
