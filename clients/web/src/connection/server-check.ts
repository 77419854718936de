import type { ServerClock } from "../clock/server-clock.ts";

const TIMEOUT_MS = 5_000;

/**
 * Asks whether the server answers over plain HTTP, and compares its clock with this device's.
 * Returns whether it answered.
 */
export async function serverAnswers(address: URL, clock: ServerClock): Promise<boolean> {
  const sentMs = Date.now();
  try {
    const response = await fetch(address, { cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MS) });
    const date = response.headers.get("date");
    if (date !== null) {
      clock.noteDate(Date.parse(date), sentMs, Date.now());
    }
    return response.ok;
  } catch {
    return false;
  }
}
