import type { Trend } from "./trend.ts";

/** The size of the drawing in its own units. It is stretched to the size of its element; strokes keep their width. */
export const WIDTH = 100;
export const HEIGHT = 20;

/**
 * Draws a trend into the three paths of an `svg` element: a line at the page's opening price, the course, and a point at
 * its end. A `canvas` in each row would be a layer of its own, which costs a browser more than all the rest of the row.
 */
export class TrendLine {
  readonly #opening: Element;
  readonly #course: Element;
  readonly #end: Element;

  constructor(svg: Element) {
    const [opening, course, end] = svg.children;
    if (opening === undefined || course === undefined || end === undefined) {
      throw new Error("the drawing of a trend has no paths");
    }
    this.#opening = opening;
    this.#course = course;
    this.#end = end;
  }

  draw(trend: Trend): void {
    const { opening, course, end } = paths(trend);
    this.#opening.setAttribute("d", opening);
    this.#course.setAttribute("d", course);
    this.#end.setAttribute("d", end);
  }
}

/** Returns the paths of a trend; empty ones while there is no price. */
export function paths(trend: Trend): { opening: string; course: string; end: string } {
  if (trend.length === 0) {
    return { opening: "", course: "", end: "" };
  }
  const y = scale(trend);
  const step = WIDTH / trend.length;
  let course = "";
  for (let index = 0; index < trend.length; index += 1) {
    course += `${index === 0 ? "M" : "L"}${(index * step).toFixed(1)} ${y(trend.samples[index] ?? 0)}`;
  }
  const end = y(trend.latest);
  return {
    opening: `M0 ${y(trend.samples[0] ?? 0)}H${String(WIDTH)}`,
    course: `${course}L${String(WIDTH)} ${end}`,
    end: `M${String(WIDTH)} ${end}h0.01`,
  };
}

/** Returns what turns a price into a height: the greatest is at the top; prices that are all equal are in the middle. */
function scale(trend: Trend): (price: number) => string {
  let [low, high] = [trend.latest, trend.latest];
  for (let index = 0; index < trend.length; index += 1) {
    const price = trend.samples[index] ?? 0;
    low = Math.min(low, price);
    high = Math.max(high, price);
  }
  const range = high - low;
  return (price) => (range === 0 ? HEIGHT / 2 : ((high - price) / range) * HEIGHT).toFixed(1);
}
