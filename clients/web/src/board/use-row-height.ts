import { useSyncExternalStore } from "react";

const NARROW = matchMedia("(max-width: 44rem)");
/** Heights of a row, which the style sheet also has. */
const WIDE_PX = 38;
const NARROW_PX = 66;

function subscribe(listener: () => void): () => void {
  NARROW.addEventListener("change", listener);
  return () => {
    NARROW.removeEventListener("change", listener);
  };
}

/** Returns the height of a row: on a narrow screen it has two lines. */
export function useRowHeight(): number {
  return useSyncExternalStore(subscribe, () => (NARROW.matches ? NARROW_PX : WIDE_PX));
}
