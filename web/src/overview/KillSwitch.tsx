import { useState } from "react";
import { Dialog } from "../parts/Dialog";
import { OperatorField } from "./OperatorField";
import { TokenForm } from "./TokenForm";
import { useCommand } from "./useCommand";

const WAYS = [
  { argument: "freeze", title: "Freeze", text: "Cancel entries and open nothing new. Positions stay as they are." },
  { argument: "liquidate", title: "Liquidate", text: "Cancel every order and close every position." },
] as const;

/** Stops the session: a deliberate choice, then a deliberate press. */
export function KillSwitch({ onClose }: { onClose: () => void }) {
  const [way, setWay] = useState<string>(WAYS[0].argument);
  const kill = useCommand("kill");
  return (
    <Dialog title="Kill switch" onClose={onClose}>
      {kill.isSuccess ? (
        <output>The command is on its way. The journal records it, and the breaker below shows it.</output>
      ) : (
        <>
          <fieldset className="space-y-2">
            <legend className="sr-only">What to do</legend>
            {WAYS.map((one) => (
              <label
                key={one.argument}
                className="flex cursor-pointer gap-3 rounded-lg border border-line px-3.5 py-2.5 has-checked:border-down has-checked:bg-down-wash"
              >
                <input
                  type="radio"
                  aria-label={`${one.title}: ${one.text}`}
                  name="way"
                  className="mt-0.5 accent-down"
                  checked={way === one.argument}
                  onChange={() => setWay(one.argument)}
                />
                <span>
                  <span className="block font-medium">{one.title}</span>
                  <span className="text-[0.8125rem] text-soft">{one.text}</span>
                </span>
              </label>
            ))}
          </fieldset>
          <OperatorField name={kill.operator} onName={kill.nameOperator} />
          {kill.error ? (
            <p role="alert" className="mt-3 text-[0.8125rem] text-down">
              {kill.error.message}
            </p>
          ) : null}
          {kill.wantsToken ? <TokenForm onToken={() => kill.reset()} /> : null}
          <button
            type="button"
            disabled={kill.isPending}
            onClick={() => kill.mutate(way)}
            className="mt-4 rounded-md bg-down px-3.5 py-1.5 text-sm font-semibold text-surface disabled:opacity-50"
          >
            {way === "freeze" ? "Freeze now" : "Liquidate now"}
          </button>
        </>
      )}
    </Dialog>
  );
}
