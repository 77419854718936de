// What every client sends.
export const TICKS = `subscription Ticks($symbol: String!, $after: ID) {
  ticks(symbol: $symbol, after: $after) { symbol cursor seq last gap { reason } }
}`;
export const PRICE = "query Price($symbol: String!) { lastPrice(symbol: $symbol) { symbol seq last } }";
export const NO_SYMBOL = "no symbol";
/** How long a client waits before it connects again. */
export const RETRY_MS = 50;
export const pause = () => new Promise((resolve) => setTimeout(resolve, RETRY_MS));

/** The variables of an operation that continues where it stopped: `after` is read at each new connection. */
export function resuming(symbol, follower) {
  return {
    symbol,
    get after() {
      return follower.cursor;
    },
  };
}

/**
 * Keeps a stream running that its client does not start again: `start(after)` gives a promise of its end.
 * Returns a function that ends it.
 */
export function restarting(start, follower) {
  let closed = false;
  let stop = () => {};
  (async () => {
    while (!closed) {
      const { ended, cancel } = start(follower.cursor);
      stop = cancel;
      await ended;
      if (!closed) await pause();
    }
  })();
  return () => {
    closed = true;
    stop();
  };
}
