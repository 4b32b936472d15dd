import { useEffect, useRef } from "react";
import { plain, signedPercent } from "../format/numbers";
import { Empty } from "../parts/Empty";
import { Panel } from "../parts/Panel";
import type { Account, CurvePoint } from "../wire/types";
import { drawCurve, type CurveChart } from "./curveChart";

interface Props {
  curve: CurvePoint[];
  account: Account | null;
  className?: string;
}

/** Equity over time with the drawdown beneath it. */
export default function Equity({ curve, account, className }: Props) {
  const summary =
    account === null
      ? ""
      : `${signedPercent(account.profit_pct)} since the start, deepest drawdown ${plain(account.max_drawdown_pct, 2)}\u202f%`;
  return (
    <Panel title="Equity and drawdown" aside={summary} className={className ?? ""}>
      {curve.length < 2 ? (
        <Empty>The curve begins with the first mark of the account, at the end of the first cycle.</Empty>
      ) : (
        <Chart curve={curve} summary={summary} />
      )}
    </Panel>
  );
}

function Chart({ curve, summary }: { curve: CurvePoint[]; summary: string }) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<CurveChart | null>(null);
  useEffect(() => {
    if (place.current === null) return undefined;
    const drawn = drawCurve(place.current);
    chart.current = drawn;
    return () => {
      chart.current = null;
      drawn.remove();
    };
  }, []);
  useEffect(() => chart.current?.show(curve), [curve]);
  return (
    <figure className="flex-1 px-2 pb-2">
      <div ref={place} className="h-80 w-full" />
      <figcaption className="sr-only">Equity curve: {summary}</figcaption>
    </figure>
  );
}
