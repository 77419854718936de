const FIRST_MS = 200;
const LONGEST_MS = 5_000;
const SHORTEST_MS = 50;

/**
 * Returns how long to wait before the next attempt: a random time that grows with the attempts (0, 1, 2, ...).
 * Random, so that the clients of a server that was restarted do not all come back at the same moment.
 */
export function delayMs(attempt: number): number {
  return SHORTEST_MS + Math.random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
}

export function pause(attempt: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs(attempt)));
}
