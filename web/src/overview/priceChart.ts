import {
  CandlestickSeries,
  ColorType,
  createChart,
  createSeriesMarkers,
  CrosshairMode,
  type Time,
  type UTCTimestamp,
} from "lightweight-charts";
import type { BarsBody } from "../wire/history";
import { colour, followScheme, paintGround } from "./chartColours";
import { candlesOf, type Mark, marksOn } from "./priceSeries";

export interface PriceChart {
  show: (body: BarsBody) => void;
  remove: () => void;
}

/** Draws candles with an arrow for each entry and exit, in the page's colours. */
export function drawPrices(place: HTMLElement): PriceChart {
  const chart = createChart(place, {
    autoSize: true,
    layout: { attributionLogo: false, background: { type: ColorType.Solid, color: "transparent" }, fontSize: 11 },
    crosshair: { mode: CrosshairMode.Magnet },
    timeScale: { timeVisible: true, secondsVisible: false, borderVisible: false, rightOffset: 1 },
    rightPriceScale: { borderVisible: false },
    handleScroll: { vertTouchDrag: false },
  });
  const series = chart.addSeries(CandlestickSeries, { priceLineVisible: false, borderVisible: false });
  const arrows = createSeriesMarkers<Time>(series, []);
  let marks: Mark[] = [];
  let shown = "";
  function paint(): void {
    const up = colour(place, "--color-up");
    const down = colour(place, "--color-down");
    paintGround(chart, place);
    series.applyOptions({ upColor: up, downColor: down, wickUpColor: up, wickDownColor: down });
    const accent = colour(place, "--color-accent");
    const warn = colour(place, "--color-warn");
    arrows.setMarkers(
      marks.map(({ time, position, shape, bought, text }) => ({
        time: time as UTCTimestamp,
        position,
        shape,
        color: bought ? accent : warn,
        text,
      })),
    );
  }
  const leave = followScheme(paint);
  return {
    show(body) {
      const candles = candlesOf(body.bars);
      const places = decimalsOf(body);
      series.applyOptions({ priceFormat: { type: "price", precision: places, minMove: 10 ** -places } });
      series.setData(candles.map(({ time, ...prices }) => ({ time: time as UTCTimestamp, ...prices })));
      marks = marksOn(candles, body.marks);
      paint();
      const now = `${body.instrument_id} ${body.timeframe}`;
      if (now !== shown) chart.timeScale().fitContent();
      shown = now;
    },
    remove() {
      leave();
      chart.remove();
    },
  };
}

/** As many decimals as the prices of the bars have, eight at most. */
function decimalsOf(body: BarsBody): number {
  const closes = body.bars.slice(-50).map((bar) => String(bar[4] ?? "").split(".")[1]?.length ?? 0);
  return Math.min(8, Math.max(2, ...closes));
}
