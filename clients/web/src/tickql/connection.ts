import { useCallback, useSyncExternalStore } from "react";
import type { Connection, TickqlClient } from "tickql-client";

/** The state of the connection for subscriptions, as a React hook. */
export function useConnection(tickql: TickqlClient): Connection {
  const listen = useCallback((changed: () => void) => tickql.onConnection(changed), [tickql]);
  return useSyncExternalStore(listen, () => tickql.connection);
}
