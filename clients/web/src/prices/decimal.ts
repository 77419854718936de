import Big from "big.js";

/** An exact decimal as text, with the digits that the page shows. */
export type Decimal = string;

/** Returns -1, 0 or 1: where `after` lies from `before`. */
export function direction(before: Decimal, after: Decimal): -1 | 0 | 1 {
  return new Big(after).cmp(new Big(before));
}

/** Returns the exact difference with a sign, with as many decimals as the finer of the two prices: `+0.25`. */
export function difference(before: Decimal, after: Decimal): string {
  return signed(minus(after, before));
}

/** Returns the difference in percent of `before` with a sign and two decimals; null if `before` is zero. */
export function percent(before: Decimal, after: Decimal): string | null {
  const base = new Big(before);
  if (base.eq(0)) {
    return null;
  }
  return `${signed(new Big(after).minus(base).div(base.abs()).times(100).toFixed(2))} %`;
}

/** Returns the exact mean of two prices, with at least as many decimals as the finer of them. */
export function mean(one: Decimal, two: Decimal): Decimal {
  const middle = new Big(one).plus(two).div(2).toFixed();
  const lacking = Math.max(decimals(one), decimals(two)) - decimals(middle);
  return lacking > 0 ? new Big(middle).toFixed(decimals(middle) + lacking) : middle;
}

/** Returns `one` minus `two`, exactly, with as many decimals as the finer of them. */
export function minus(one: Decimal, two: Decimal): Decimal {
  return new Big(one).minus(two).toFixed(Math.max(decimals(one), decimals(two)));
}

/** Returns how many first characters of a price did not change. Texts of other lengths share none. */
export function unchangedLength(before: string, after: string): number {
  if (before.length !== after.length) {
    return 0;
  }
  let length = 0;
  while (length < after.length && before[length] === after[length]) {
    length += 1;
  }
  return length;
}

function decimals(price: Decimal): number {
  const point = price.indexOf(".");
  return point < 0 ? 0 : price.length - point - 1;
}

/** Writes a real minus sign, which is as wide as the plus sign, and no sign for zero. */
function signed(number: string): string {
  if (!/[1-9]/.test(number)) {
    return number.replace("-", "");
  }
  return number.startsWith("-") ? `−${number.slice(1)}` : `+${number}`;
}
