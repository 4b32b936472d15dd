// Who gives commands, as they said themselves; it lives in this tab only, as the token does.
const KEY = "tradewind.operator";

export function readOperator(): string {
  return sessionStorage.getItem(KEY) ?? "";
}

export function keepOperator(name: string): void {
  if (name) sessionStorage.setItem(KEY, name);
  else sessionStorage.removeItem(KEY);
}
