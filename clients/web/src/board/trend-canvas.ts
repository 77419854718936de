import type { Trend } from "./trend.ts";

const INSET_PX = 3;

/** Draws a trend: a line over the page's opening price, and a point at its end. */
export class TrendCanvas {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D | null;
  readonly #resizing: ResizeObserver;
  #trend: Trend | null = null;
  #width = 0;
  #height = 0;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d");
    this.#resizing = new ResizeObserver(([entry]) => {
      if (entry !== undefined) {
        this.#resize(entry.contentRect);
      }
    });
    this.#resizing.observe(canvas);
  }

  draw(trend: Trend): void {
    this.#trend = trend;
    const context = this.#context;
    if (context === null || this.#width === 0) {
      return;
    }
    context.clearRect(0, 0, this.#width, this.#height);
    if (trend.length === 0) {
      return;
    }
    const style = getComputedStyle(this.#canvas);
    const y = this.#scale(trend);
    const opening = y(trend.samples[0] ?? 0);
    context.lineWidth = 1;
    context.strokeStyle = style.borderBlockStartColor;
    context.setLineDash([2, 3]);
    context.beginPath();
    context.moveTo(0, opening);
    context.lineTo(this.#width, opening);
    context.stroke();
    context.setLineDash([]);
    this.#drawLine(context, trend, y, style.color);
  }

  close(): void {
    this.#resizing.disconnect();
  }

  #drawLine(context: CanvasRenderingContext2D, trend: Trend, y: (price: number) => number, colour: string): void {
    const step = (this.#width - 2 * INSET_PX) / trend.length;
    context.strokeStyle = colour;
    context.fillStyle = colour;
    context.lineWidth = 1.25;
    context.lineJoin = "round";
    context.beginPath();
    for (let index = 0; index < trend.length; index += 1) {
      context.lineTo(INSET_PX + index * step, y(trend.samples[index] ?? 0));
    }
    const end = y(trend.latest);
    context.lineTo(this.#width - INSET_PX, end);
    context.stroke();
    context.beginPath();
    context.arc(this.#width - INSET_PX, end, 2, 0, 2 * Math.PI);
    context.fill();
  }

  #scale(trend: Trend): (price: number) => number {
    let [low, high] = [trend.latest, trend.latest];
    for (let index = 0; index < trend.length; index += 1) {
      const price = trend.samples[index] ?? 0;
      low = Math.min(low, price);
      high = Math.max(high, price);
    }
    const range = high - low;
    const height = this.#height - 2 * INSET_PX;
    return (price) => (range === 0 ? this.#height / 2 : INSET_PX + ((high - price) / range) * height);
  }

  #resize({ width, height }: DOMRectReadOnly): void {
    const ratio = devicePixelRatio;
    this.#width = width;
    this.#height = height;
    this.#canvas.width = Math.round(width * ratio);
    this.#canvas.height = Math.round(height * ratio);
    this.#context?.scale(ratio, ratio);
    // A new size has emptied the canvas.
    if (this.#trend !== null) {
      this.draw(this.#trend);
    }
  }
}
