import { type ClientOptions, type Connection, createClient, type Tick, type TickqlClient } from "tickql-client";
import { onTestFinished } from "vitest";

import { Proxy, type Upgrades } from "./proxy.js";

export interface Connected {
  readonly tickql: TickqlClient;
  /** Every state of the connection since the start, the newest last. */
  readonly states: Connection[];
  /** Resolves when the connection has a state of this kind. */
  readonly until: (is: (state: Connection) => boolean) => Promise<void>;
}

/** A client until the end of the test. */
export function connect(url: string, options: Partial<ClientOptions> = {}): Connected {
  const tickql = createClient({ url, ...options });
  onTestFinished(() => {
    tickql.close();
  });
  const states: Connection[] = [];
  tickql.onConnection((state) => states.push(state));
  const until = (is: (state: Connection) => boolean): Promise<void> =>
    new Promise((resolve) => {
      const listen = (state: Connection): void => {
        if (is(state)) {
          stop();
          resolve();
        }
      };
      const stop = tickql.onConnection(listen);
      listen(tickql.connection);
    });
  return { tickql, states, until };
}

/** A proxy before a server until the end of the test. */
export async function proxy(url: string, upgrades: Upgrades = "forwarded"): Promise<Proxy> {
  const made = await Proxy.before(url, upgrades);
  onTestFinished(() => made.close());
  return made;
}

/** Takes so many values of an iterator; fewer if it ends. */
export async function take<T>(count: number, from: AsyncIterator<T>): Promise<T[]> {
  const taken: T[] = [];
  while (taken.length < count) {
    const result = await from.next();
    if (result.done) {
      break;
    }
    taken.push(result.value);
  }
  return taken;
}

let symbols = 0;

/** A symbol that no other test of the file has. */
export function newSymbol(): string {
  symbols += 1;
  return `T${String(symbols)}`;
}

export function seqs(ticks: readonly Pick<Tick, "seq">[]): number[] {
  return ticks.map(({ seq }) => seq);
}

/** The numbers from `first` to `last`. */
export function upTo(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
