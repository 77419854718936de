/**
 * Calls `listener` whenever a browser's device may have slept or moved to another network: the page becomes visible
 * again, goes on after it was frozen, or the device is online again. Returns what ends that. Node.js tells nothing.
 */
export function onWake(listener: () => void): () => void {
  if (typeof document === "undefined") {
    return () => undefined;
  }
  const woken = (): void => {
    if (document.visibilityState === "visible") {
      listener();
    }
  };
  const ending = new AbortController();
  addEventListener("online", woken, ending);
  document.addEventListener("visibilitychange", woken, ending);
  document.addEventListener("resume", woken, ending);
  return () => {
    ending.abort();
  };
}
