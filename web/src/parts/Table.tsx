import type { ReactNode } from "react";

export interface Column {
  name: string;
  /** Numbers stand at the right. */
  right?: boolean;
  /** Left out below this width. */
  from?: "sm" | "md" | "lg" | "xl";
  /** Stands first on a phone, where the columns before it are left out. */
  firstOnPhone?: boolean;
}

const FROM = {
  sm: "max-sm:hidden",
  md: "max-md:hidden",
  lg: "max-lg:hidden",
  xl: "max-xl:hidden",
} as const;

/** Classes of a cell in `column`. */
export function cell(column: Column | undefined): string {
  const side = column?.right ? "text-right" : "text-left";
  const edge = column?.firstOnPhone ? "max-sm:pl-4" : "";
  return `px-2 py-1.5 first:pl-4 last:pr-4 ${side} ${edge} ${column?.from ? FROM[column.from] : ""}`;
}

interface Props {
  label: string;
  columns: readonly Column[];
  children: ReactNode;
}

/** A table that scrolls inside its panel rather than widening the page. */
export function Table({ label, columns, children }: Props) {
  return (
    <div className="thin-scroll relative overflow-x-auto pb-2">
      <table className="w-full border-collapse text-[0.8125rem]">
        <caption className="sr-only">{label}</caption>
        <thead>
          <tr className="border-b border-line text-2xs text-faint">
            {columns.map((column) => (
              <th key={column.name} scope="col" className={`${cell(column)} font-medium whitespace-nowrap`}>
                {column.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-line/70">{children}</tbody>
      </table>
    </div>
  );
}
