import { useEffect, useState } from "react";

const STEP_MS = 500;

/** Returns this device's time, and renders the component again twice a second while `isRunning`. */
export function useNow(isRunning: boolean): number {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    if (!isRunning) {
      return undefined;
    }
    const timer = setInterval(() => {
      setNowMs(Date.now());
    }, STEP_MS);
    return () => {
      clearInterval(timer);
    };
  }, [isRunning]);
  return nowMs;
}
