const FIRST_MS = 250;
const LONGEST_MS = 5_000;

/**
 * Returns the pause before an attempt to reconnect, in milliseconds: a random one up to a limit that doubles with each
 * failed attempt, so that many pages do not come back to a restarted server at once.
 */
export function pauseMs(failedAttempts: number, random: () => number = Math.random): number {
  const limit = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failedAttempts, 10));
  return limit / 2 + (random() * limit) / 2;
}
