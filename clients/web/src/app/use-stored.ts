import { useSyncExternalStore } from "react";

import type { Store } from "./store.ts";

/** Returns the value of a store, and renders the component again when the value is replaced. */
export function useStored<Value>(store: Store<Value>): Value {
  return useSyncExternalStore(store.subscribe, store.get);
}
