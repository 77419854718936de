import type { PageViewQuery } from "../graphql/graphql.ts";
import { byState } from "./states.ts";

export type PageView = PageViewQuery["pageView"];
export type FieldView = PageView["fields"][number];
export type BoxedField = FieldView & { box: NonNullable<FieldView["box"]> };

export const keyOf = ({ symbol, field, selector }: FieldView): string => `${symbol} ${field} ${selector}`;

/** The prices that have a box in the picture, as a person reads: from the top down, and from left to right. */
export function boxed(view: PageView): BoxedField[] {
  const LINE_PX = 8;
  return view.fields
    .filter((field): field is BoxedField => field.box !== null)
    .sort((one, two) => {
      const down = one.box.y - two.box.y;
      return Math.abs(down) < LINE_PX ? one.box.x - two.box.x : down;
    });
}

/** The prices that need a look: those that are not live, the worst first. */
export const failing = (view: PageView): FieldView[] =>
  view.fields.filter(({ state }) => state !== "LIVE").sort(byState);

/** What was read of a price, in a sentence. */
export function sentence({ text, price, reason }: FieldView): string {
  if (reason !== null) {
    return reason;
  }
  if (price !== null) {
    return text === price || text === null ? `read ${price}` : `read ${price} from “${text}”`;
  }
  return text ? `“${text}” stands for no price` : "shows nothing";
}
