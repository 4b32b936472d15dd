import { useMemo } from "react";
import { words } from "../format/words";
import { share, signed } from "../format/numbers";
import { Empty } from "../parts/Empty";
import { Panel } from "../parts/Panel";
import { ForecastCell } from "./ForecastCell";
import { gridOf, type ForecastColumn, type ForecastGrid } from "./forecastGrid";
import type { ForecastRow, ModelRow } from "../wire/types";

const MOST_SHOWN = 12;

interface Props {
  forecasts: ForecastRow[];
  models: ModelRow[];
  className?: string;
}

/** The models' latest word on each instrument: edge, interval and confidence, strongest first. */
export function Forecasts({ forecasts, models, className }: Props) {
  const grid = useMemo(() => gridOf(forecasts, models), [forecasts, models]);
  return (
    <Panel
      title="Forecasts"
      aside={`${grid.spoken} of ${grid.columns.length} models: expected return in bps, its interval, and the model's confidence`}
      className={className ?? ""}
    >
      {grid.rows.length === 0 ? (
        <Empty>No model has spoken yet. Forecasts come once the factors are warm.</Empty>
      ) : (
        <Grid grid={grid} />
      )}
    </Panel>
  );
}

/** Whether the model has another column, so that its name alone does not say which this is. */
function twice(column: ForecastColumn, grid: ForecastGrid): boolean {
  return grid.columns.some((other) => other.model === column.model && other.key !== column.key);
}

function Grid({ grid }: { grid: ForecastGrid }) {
  const shown = grid.rows.slice(0, MOST_SHOWN);
  return (
    <div className="thin-scroll relative overflow-x-auto px-4 pb-3">
      <table className="w-full min-w-[34rem] border-collapse text-[0.8125rem]">
        <caption className="sr-only">Latest forecasts by instrument and model</caption>
        <thead>
          <tr className="border-b border-line text-2xs text-faint">
            <th scope="col" className="py-1.5 pr-3 text-left font-medium">
              Instrument
            </th>
            {grid.columns.map((column) => (
              <th key={column.key} scope="col" className="px-1.5 py-1.5 text-left align-bottom font-medium">
                {words(column.model)}
                {twice(column, grid) ? ` ${column.horizon_bars} × ${column.timeframe}` : ""}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-line/70">
          {shown.map((row) => (
            <tr key={row.instrument_id} className="hover:bg-raised">
              <th scope="row" className="py-1.5 pr-3 text-left align-middle whitespace-nowrap">
                {row.instrument_id}
                <div className="text-2xs font-normal text-faint">
                  {row.mean === null ? "" : `mean ${signed(row.mean)}, up ${share(row.up)}`}
                </div>
              </th>
              {row.cells.map((one, index) => (
                <td key={grid.columns[index]?.key} className="px-1.5 py-1.5 align-middle">
                  <ForecastCell forecast={one} reach={grid.reach} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {grid.rows.length > shown.length ? (
        <p className="pt-2 text-2xs text-faint">and {grid.rows.length - shown.length} more instruments</p>
      ) : null}
    </div>
  );
}
