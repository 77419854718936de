import { createChart, createSeriesMarkers, LineSeries, LineType } from "lightweight-charts";
import type { IChartApi, ISeriesApi, ISeriesMarkersPluginApi, LineData, SeriesMarker, Time } from "lightweight-charts";

import type { SymbolTick } from "./operations.ts";

const FIELDS = ["ask", "bid", "last"] as const;
type Field = (typeof FIELDS)[number];

/** The chart keeps at most this many ticks, and drops the older half of them at a time. */
const MOST_TICKS = 20_000;
const SHORTEST_STEP_S = 1e-6;

interface Colours {
  readonly ink: string;
  readonly soft: string;
  readonly rule: string;
  readonly up: string;
  readonly down: string;
  readonly warn: string;
}

/** The prices of one symbol over time, each tick a point. A gap is a hole in the lines with a mark. */
export class Chart {
  readonly #element: HTMLElement;
  readonly #chart: IChartApi;
  readonly #series: Record<Field, ISeriesApi<"Line">>;
  readonly #points: Record<Field, LineData[]> = { ask: [], bid: [], last: [] };
  readonly #marks: ISeriesMarkersPluginApi<Time>;
  readonly #gaps: SeriesMarker<Time>[] = [];
  #colours: Colours;
  #precision = 0;
  #lastTimeS = 0;

  constructor(element: HTMLElement) {
    this.#element = element;
    this.#colours = readColours(element);
    this.#chart = createChart(element, { autoSize: true, layout: { attributionLogo: false } });
    const line = { lineType: LineType.WithSteps, priceLineVisible: false, crosshairMarkerRadius: 3 } as const;
    this.#series = {
      ask: this.#chart.addSeries(LineSeries, { ...line, lineWidth: 1, title: "ask" }),
      bid: this.#chart.addSeries(LineSeries, { ...line, lineWidth: 1, title: "bid" }),
      last: this.#chart.addSeries(LineSeries, { ...line, lineWidth: 2, title: "last" }),
    };
    this.#marks = createSeriesMarkers(this.#series.last, []);
    this.applyTheme();
  }

  /** Takes the colours of the page's present theme. */
  readonly applyTheme = (): void => {
    const colours = readColours(this.#element);
    this.#colours = colours;
    const style = getComputedStyle(this.#element);
    this.#chart.applyOptions({
      layout: {
        background: { color: "transparent" },
        textColor: colours.soft,
        fontFamily: style.fontFamily,
        fontSize: 11,
      },
      grid: { vertLines: { visible: false }, horzLines: { color: colours.rule } },
      rightPriceScale: { borderVisible: false },
      timeScale: { borderColor: colours.rule, timeVisible: true, secondsVisible: true, rightOffset: 4, barSpacing: 2 },
      crosshair: { vertLine: { color: colours.soft }, horzLine: { color: colours.soft } },
      localization: { timeFormatter: clockTime },
    });
    this.#series.ask.applyOptions({ color: colours.down });
    this.#series.bid.applyOptions({ color: colours.up });
    this.#series.last.applyOptions({ color: colours.ink });
  };

  /** Adds ticks at the end. */
  add(ticks: readonly SymbolTick[]): void {
    for (const tick of ticks) {
      this.#adaptPrecision(tick);
      this.#addTick(tick, ticks.length === 1);
    }
    if (ticks.length > 1 || this.#shorten()) {
      for (const field of FIELDS) {
        this.#series[field].setData(this.#points[field]);
      }
    }
  }

  close(): void {
    this.#chart.remove();
  }

  #addTick(tick: SymbolTick, isLive: boolean): void {
    const timeS = Math.max(Date.parse(tick.timestamp) / 1_000, this.#lastTimeS + SHORTEST_STEP_S);
    this.#lastTimeS = timeS;
    const time = timeS as Time;
    for (const field of FIELDS) {
      const price = tick[field];
      if (price === null) {
        continue;
      }
      const point: LineData = { time, value: Number(price), ...(tick.gap && { color: "transparent" }) };
      this.#points[field].push(point);
      if (isLive) {
        this.#series[field].update(point);
      }
    }
    if (tick.gap) {
      const text = tick.gap.lost === null ? "gap" : `gap: ${String(tick.gap.lost)} lost`;
      this.#gaps.push({ time, position: "aboveBar", shape: "square", color: this.#colours.warn, text });
      this.#marks.setMarkers(this.#gaps);
    }
  }

  /** Shows as many decimals as the finest price has. */
  #adaptPrecision(tick: SymbolTick): void {
    for (const field of FIELDS) {
      const decimals = tick[field]?.split(".")[1]?.length ?? 0;
      if (decimals > this.#precision) {
        this.#precision = decimals;
        for (const series of Object.values(this.#series)) {
          series.applyOptions({ priceFormat: { type: "price", precision: decimals, minMove: 10 ** -decimals } });
        }
      }
    }
  }

  #shorten(): boolean {
    if (this.#points.last.length <= MOST_TICKS && this.#points.bid.length <= MOST_TICKS) {
      return false;
    }
    for (const field of FIELDS) {
      this.#points[field].splice(0, this.#points[field].length - MOST_TICKS / 2);
    }
    return true;
  }
}

function readColours(element: HTMLElement): Colours {
  const probe = document.createElement("span");
  element.append(probe);
  const colour = (name: string): string => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const colours = {
    ink: colour("ink"),
    soft: colour("ink-soft"),
    rule: colour("rule"),
    up: colour("up"),
    down: colour("down"),
    warn: colour("warn"),
  };
  probe.remove();
  return colours;
}

function clockTime(time: Time): string {
  const at = new Date((time as number) * 1_000);
  return `${at.toLocaleTimeString()}.${String(at.getMilliseconds()).padStart(3, "0")}`;
}
