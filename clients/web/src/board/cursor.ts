/** The place of a tick in the numbering of its symbol: `ES:1739952000000-812` is number 812 of an epoch. */
export interface Place {
  readonly epoch: string;
  readonly seq: number;
}

/** Returns the place that a cursor names. */
export function placeOf(cursor: string): Place {
  const dash = cursor.lastIndexOf("-");
  return { epoch: cursor.slice(cursor.lastIndexOf(":", dash) + 1, dash), seq: Number(cursor.slice(dash + 1)) };
}
