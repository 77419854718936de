import type { ServerClock } from "./server-clock.ts";

/** How often this device's clock is compared with the `Date` of an answer. */
const PERIOD_MS = 60_000;
const TIMEOUT_MS = 5_000;

/** Compares this device's clock with the server's, now and then as long as the page is open. `address`: of a small page. */
export function compareClocks(address: URL, clock: ServerClock): void {
  const compare = (): void => void noteDate(address, clock).catch(() => undefined);
  compare();
  setInterval(compare, PERIOD_MS);
}

async function noteDate(address: URL, clock: ServerClock): Promise<void> {
  const sentMs = Date.now();
  const response = await fetch(address, { cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MS) });
  const date = response.headers.get("date");
  if (date !== null) {
    clock.noteDate(Date.parse(date), sentMs, Date.now());
  }
}
