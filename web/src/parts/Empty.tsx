import type { ReactNode } from "react";

/** What stands where there is nothing yet, and why. */
export function Empty({ children }: { children: ReactNode }) {
  return <p className="px-4 pt-2 pb-6 text-sm text-faint">{children}</p>;
}
