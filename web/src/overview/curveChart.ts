import {
  AreaSeries,
  ColorType,
  createChart,
  CrosshairMode,
  type IChartApi,
  type ISeriesApi,
  type UTCTimestamp,
} from "lightweight-charts";
import type { CurvePoint } from "../wire/types";
import { colour, faded, followScheme, paintGround } from "./chartColours";
import { seriesOf, type Value } from "./curveSeries";

export interface CurveChart {
  show: (curve: CurvePoint[]) => void;
  remove: () => void;
}

/** Draws equity with drawdown in a pane beneath it, in the page's colours, and follows light and dark. */
export function drawCurve(place: HTMLElement): CurveChart {
  const chart = createChart(place, {
    autoSize: true,
    layout: { attributionLogo: false, background: { type: ColorType.Solid, color: "transparent" }, fontSize: 11 },
    crosshair: { mode: CrosshairMode.Magnet },
    timeScale: { timeVisible: true, secondsVisible: false, borderVisible: false, rightOffset: 0 },
    rightPriceScale: { borderVisible: false },
    handleScroll: { vertTouchDrag: false },
  });
  const equity = chart.addSeries(AreaSeries, { lineWidth: 2, priceLineVisible: false, priceFormat: money() }, 0);
  const drawdown = chart.addSeries(
    AreaSeries,
    { lineWidth: 1, priceLineVisible: false, invertFilledArea: true, priceFormat: percent() },
    1,
  );
  chart.panes()[0]?.setStretchFactor(3);
  chart.panes()[1]?.setStretchFactor(1);
  const leave = followScheme(() => applyColours(chart, equity, drawdown, place));
  let fitted = 0;
  return {
    show(curve) {
      const series = seriesOf(curve);
      equity.setData(series.equity.map(timed));
      drawdown.setData(series.drawdown.map(timed));
      // Fit while the curve is young or new; afterwards the reader's own zoom stays.
      if (fitted === 0 || series.equity.length < fitted || fullyVisible(chart, fitted)) fit(chart, series.equity.length);
      fitted = series.equity.length;
    },
    remove() {
      leave();
      chart.remove();
    },
  };
}

/** All points, with a little room so that the labels at both ends are whole. */
function fit(chart: IChartApi, points: number): void {
  const room = Math.max(points * 0.02, 0.5);
  chart.timeScale().setVisibleLogicalRange({ from: -room, to: points - 1 + room });
}

function timed({ time, value }: Value) {
  return { time: time as UTCTimestamp, value };
}

function fullyVisible(chart: IChartApi, points: number): boolean {
  const range = chart.timeScale().getVisibleLogicalRange();
  return range !== null && range.from <= 0.5 && range.to >= points - 1.5;
}

function money() {
  const format = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
  return { type: "custom", minMove: 0.01, formatter: (value: number) => format.format(value) } as const;
}

function percent() {
  return { type: "custom", minMove: 0.01, formatter: (value: number) => `${value.toFixed(2)} %` } as const;
}

type Area = ISeriesApi<"Area">;

function applyColours(chart: IChartApi, equity: Area, drawdown: Area, place: HTMLElement): void {
  const accent = colour(place, "--color-accent");
  const down = colour(place, "--color-down");
  paintGround(chart, place);
  equity.applyOptions({ lineColor: accent, topColor: faded(accent, 0.22), bottomColor: faded(accent, 0) });
  drawdown.applyOptions({ lineColor: down, topColor: faded(down, 0.05), bottomColor: faded(down, 0.3) });
}
