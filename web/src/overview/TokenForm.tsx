import { type FormEvent, useId, useState } from "react";
import { keepToken } from "../wire/token";

/** Asks for the server's token; it stays in this tab. */
export function TokenForm({ onToken }: { onToken: () => void }) {
  const id = useId();
  const [token, setToken] = useState("");
  function submit(event: FormEvent): void {
    event.preventDefault();
    keepToken(token.trim());
    onToken();
  }
  return (
    <form onSubmit={submit} className="mt-3 flex flex-wrap items-end gap-2">
      <label htmlFor={id} className="text-xs text-soft">
        Token of this server
        <input
          id={id}
          type="password"
          autoComplete="off"
          value={token}
          onChange={(event) => setToken(event.target.value)}
          className="mt-1 block w-64 rounded-md border border-line bg-page px-2.5 py-1.5 text-sm text-ink"
        />
      </label>
      <button type="submit" className="rounded-md border border-line px-3 py-1.5 text-sm hover:bg-raised">
        Use it
      </button>
    </form>
  );
}
