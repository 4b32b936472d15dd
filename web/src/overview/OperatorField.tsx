import { useId } from "react";

/** Who gives the command; the record keeps the name sealed, and it may stay empty. */
export function OperatorField({ name, onName }: { name: string; onName: (name: string) => void }) {
  const id = useId();
  return (
    <label htmlFor={id} className="mt-3 block text-xs text-soft">
      Your name, for the record (sealed; may stay empty)
      <input
        id={id}
        maxLength={100}
        autoComplete="off"
        value={name}
        onChange={(event) => onName(event.target.value)}
        className="mt-1 block w-64 max-w-full rounded-md border border-line bg-page px-2.5 py-1.5 text-sm text-ink"
      />
    </label>
  );
}
