import { createContext, useContext } from "react";

/** Which session the page shows: its name, or null for the one that the server follows. */
export type Chosen = string | null;

export const ChosenSession = createContext<Chosen>(null);

/** Where the API answers for the session that is shown. */
export function useBase(): string {
  return baseOf(useContext(ChosenSession));
}

/** Only the served session hears commands. */
export function useTakesCommands(): boolean {
  return useContext(ChosenSession) === null;
}

export function baseOf(chosen: Chosen): string {
  return chosen === null ? "/api/v1" : `/api/v1/sessions/${encodeURIComponent(chosen)}`;
}

/** The session that the page's address names, so that a reload or a link shows the same. */
export function chosenIn(search: string): Chosen {
  return new URLSearchParams(search).get("session") || null;
}

/** The query of an address that names the session; empty for the served one. */
export function queryOf(chosen: Chosen): string {
  return chosen === null ? "" : `?session=${encodeURIComponent(chosen)}`;
}
