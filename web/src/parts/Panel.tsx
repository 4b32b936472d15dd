import { type ReactNode, useId } from "react";

interface Props {
  title: string;
  /** Shown beside the title: a count, a legend, a control. */
  aside?: ReactNode;
  className?: string;
  children: ReactNode;
}

/** A titled area of the page, reachable as a region by its name. */
export function Panel({ title, aside, className = "", children }: Props) {
  const id = useId();
  return (
    <section
      aria-labelledby={id}
      className={`flex min-w-0 flex-col rounded-lg border border-line bg-surface ${className}`}
    >
      <header className="flex min-h-10 flex-wrap items-center justify-between gap-x-4 gap-y-1 px-4 pt-3 pb-2">
        <h2 id={id} className="text-sm font-semibold tracking-tight">
          {title}
        </h2>
        {aside === undefined ? null : <div className="text-xs text-faint">{aside}</div>}
      </header>
      {children}
    </section>
  );
}
