import type { BarsBody, TradesBody } from "./history";
import { readToken } from "./token";
import type { Explanation, Problem, SessionsBody, Verified } from "./types";

/** What the server refused, in its own words. */
export class RefusedError extends Error {
  readonly status: number;
  readonly nextStep: string;

  constructor(problem: Problem) {
    super(problem.detail ?? problem.title);
    this.name = "RefusedError";
    this.status = problem.status;
    this.nextStep = problem.next_step ?? "";
  }
}

export async function listSessions(): Promise<SessionsBody> {
  return (await ask("/api/v1/sessions")) as SessionsBody;
}

export async function explainOrder(base: string, clientOrderId: string): Promise<Explanation> {
  return (await ask(`${base}/orders/${encodeURIComponent(clientOrderId)}/explain`)) as Explanation;
}

export async function verifyJournal(base: string): Promise<Verified> {
  return (await ask(`${base}/journal/verify`)) as Verified;
}

/** The latest bars of an instrument with the fills on them. */
export async function barsOf(base: string, instrument: string): Promise<BarsBody> {
  return (await ask(`${base}/bars/${encodeURIComponent(instrument)}`)) as BarsBody;
}

/** The latest closed trades, and profit by instrument over all. */
export async function closedTrades(base: string): Promise<TradesBody> {
  return (await ask(`${base}/trades?limit=200`)) as TradesBody;
}

/** Throws RefusedError where the server does not let us in. */
export async function checkAccess(base: string): Promise<void> {
  await ask(`${base}/session`);
}

/** Leave a command for the session, in the name of `operator` (may be empty). The same `key` sent twice counts once. */
export async function command(
  verb: "kill" | "rearm",
  argument: string,
  key: string,
  operator: string,
): Promise<void> {
  await ask("/api/v1/commands", {
    method: "POST",
    headers: { "Content-Type": "application/json", "Idempotency-Key": key },
    body: JSON.stringify({ verb, argument, operator }),
  });
}

async function ask(path: string, options: RequestInit = {}): Promise<unknown> {
  const headers = new Headers(options.headers);
  const token = readToken();
  if (token) headers.set("Authorization", `Bearer ${token}`);
  const answer = await fetch(path, { ...options, headers });
  if (answer.ok) return answer.json();
  throw new RefusedError(await problemOf(answer));
}

async function problemOf(answer: Response): Promise<Problem> {
  if (answer.headers.get("content-type")?.includes("json")) return (await answer.json()) as Problem;
  return { title: answer.statusText || "The server failed", status: answer.status };
}
