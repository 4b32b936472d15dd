import { type ReactNode, useEffect, useId, useRef } from "react";

interface Props {
  title: string;
  onClose: () => void;
  children: ReactNode;
}

/** A modal dialog of the browser's own kind: it keeps the focus, and Escape closes it. */
export function Dialog({ title, onClose, children }: Props) {
  const id = useId();
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = ref.current;
    if (dialog && !dialog.open) dialog.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={ref}
      aria-labelledby={id}
      onClose={onClose}
      className="thin-scroll m-auto max-h-[88dvh] w-[min(46rem,calc(100vw-1.5rem))] overflow-y-auto rounded-xl border border-line bg-surface p-0 text-ink shadow-2xl"
    >
      <header className="sticky top-0 flex items-start justify-between gap-4 border-b border-line bg-surface px-5 py-3.5">
        <h2 id={id} className="text-base font-semibold tracking-tight break-words">
          {title}
        </h2>
        <button
          type="button"
          onClick={() => ref.current?.close()}
          className="rounded-md px-2 py-1 text-sm text-soft hover:bg-raised"
        >
          Close
        </button>
      </header>
      <div className="px-5 py-4">{children}</div>
    </dialog>
  );
}
