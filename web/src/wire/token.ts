// The bearer token lives in this tab only and is gone with it.
const KEY = "tradewind.token";

export function readToken(): string {
  return sessionStorage.getItem(KEY) ?? "";
}

export function keepToken(token: string): void {
  if (token) sessionStorage.setItem(KEY, token);
  else sessionStorage.removeItem(KEY);
}
