import type { IChartApi } from "lightweight-charts";

/** The canvas knows no variables: let the browser work the colour out, as `rgb(r, g, b)`. */
export function colour(place: HTMLElement, variable: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${variable})`;
  place.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

export function faded(rgb: string, alpha: number): string {
  return rgb.replace(/^rgba?\(([^,]+,[^,]+,[^,)]+).*$/, `rgba($1, ${alpha})`);
}

/** Text, grid and separators in the page's colours. */
export function paintGround(chart: IChartApi, place: HTMLElement): void {
  const line = colour(place, "--color-line");
  chart.applyOptions({
    layout: {
      textColor: colour(place, "--color-faint"),
      fontFamily: getComputedStyle(place).fontFamily,
      panes: { separatorColor: line, separatorHoverColor: line },
    },
    grid: { vertLines: { visible: false }, horzLines: { color: faded(line, 0.6) } },
  });
}

/** Paints now, and again when light turns to dark; returns what ends it. */
export function followScheme(paint: () => void): () => void {
  const scheme = window.matchMedia("(prefers-color-scheme: dark)");
  paint();
  scheme.addEventListener("change", paint);
  return () => scheme.removeEventListener("change", paint);
}
