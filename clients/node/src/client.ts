import { RetryPauses } from "./backoff.js";
import { type Connection, type ConnectionListener, ConnectionState } from "./connection.js";
import * as documents from "./documents.js";
import { FallbackTransport } from "./fallback.js";
import type { Operation, Result, Sink } from "./operation.js";
import type { Abortable, BoardOptions, ClientOptions, HistoryOptions, TicksOptions } from "./options.js";
import { query } from "./queries.js";
import { Results } from "./results.js";
import type { Resume } from "./resume.js";
import { type Shared, Subscription } from "./subscription.js";
import { TokenSource } from "./token.js";
import type { FeedStatus, HistoryPage, HistoryTick, Instant, Tick } from "./types.js";
import { onWake } from "./wake.js";

const KEEP_ALIVE_MS = 10_000;

/** A client of a tickql API. It is connected while something is subscribed to. */
export class TickqlClient {
  readonly #url: URL;
  readonly #pauses: RetryPauses;
  readonly #transport: FallbackTransport;
  readonly #shared: Shared;
  readonly #stopWaking: () => void;

  constructor(options: ClientOptions) {
    const transport = options.transport ?? "auto";
    const tokens = new TokenSource(options.token ?? null, options.whenRefused ?? "fail");
    const state = new ConnectionState(transport === "sse" ? "sse" : "websocket");
    if (options.onConnection !== undefined) {
      state.listen(options.onConnection);
    }
    const running = new Set<Subscription>();
    this.#url = addressOf(options.url);
    this.#pauses = new RetryPauses(state);
    this.#transport = new FallbackTransport({
      url: this.#url,
      tokens,
      state,
      pauses: this.#pauses,
      transport,
      keepAliveMs: options.keepAliveMs ?? KEEP_ALIVE_MS,
      onMoved: () => {
        running.forEach((subscription) => {
          subscription.restart();
        });
      },
    });
    this.#shared = { transport: this.#transport, tokens, state, running };
    this.#stopWaking = onWake(() => {
      this.#transport.replaceSilent();
      this.retryNow();
    });
  }

  /** The state of the connection for subscriptions. Queries are requests of their own. */
  get connection(): Connection {
    return this.#shared.state.current;
  }

  /** Calls `listener` at each change of the connection. Returns what ends that. */
  onConnection(listener: ConnectionListener): () => void {
    return this.#shared.state.listen(listener);
  }

  /**
   * The newest tick of a symbol, or the ticks after the cursor `after`; then every new tick, without end.
   * After a lost connection it continues behind the last tick: none is missing and none is repeated. Ticks that can no
   * longer be delivered are counted in the next tick's `gap`.
   */
  ticks(symbol: string, options: TicksOptions = {}): AsyncIterableIterator<Tick> {
    const { after = null, delivery = "EVERY", maxHz = null, signal } = options;
    const variables = { symbol, after, delivery, maxHz };
    const resume: Resume = { variable: "after", cursorOf: (data) => (data.ticks as Tick).cursor };
    return this.#results({ query: documents.TICKS, variables }, (data) => data.ticks as Tick, signal, resume);
  }

  /** The newest tick of each symbol that has changed since the previous event; first of every symbol that has a tick. */
  board(options: BoardOptions = {}): AsyncIterableIterator<readonly Tick[]> {
    const { symbols = null, maxHz = 10, signal } = options;
    const variables = { symbols, maxHz };
    return this.#results({ query: documents.BOARD, variables }, (data) => data.board as Tick[], signal);
  }

  /** Whether prices arrive, and if not, why: now, then at each change. */
  feedStatus(options: Abortable = {}): AsyncIterableIterator<FeedStatus> {
    return this.#results({ query: documents.FEED_STATUS }, (data) => data.feedStatus as FeedStatus, options.signal);
  }

  /** The newest tick of a symbol; null if it has none. */
  async lastPrice(symbol: string, options: Abortable = {}): Promise<Tick | null> {
    const data = await this.query({ query: documents.LAST_PRICE, variables: { symbol } }, options.signal);
    return data.lastPrice as Tick | null;
  }

  /** The newest tick of each symbol that has one. Without `symbols`: of all symbols. */
  async lastPrices(symbols: readonly string[] | null = null, options: Abortable = {}): Promise<readonly Tick[]> {
    const data = await this.query({ query: documents.LAST_PRICES, variables: { symbols } }, options.signal);
    return data.lastPrices as Tick[];
  }

  /** Every symbol that has ever had a tick, sorted. */
  async symbols(options: Abortable = {}): Promise<readonly string[]> {
    const data = await this.query({ query: documents.SYMBOLS }, options.signal);
    return data.symbols as string[];
  }

  /** A page of the stored ticks of a symbol, oldest first. Without `first` and `last`: 100 ticks. */
  async history(symbol: string, options: HistoryOptions = {}): Promise<HistoryPage> {
    const { signal, from, to, ...range } = options;
    const variables = { symbol, ...range, ...timesOf({ from, to }) };
    const data = await this.query({ query: documents.HISTORY, variables }, signal);
    const page = data.history as HistoryConnection;
    return { ticks: page.edges.map(({ node }) => node), ...page.pageInfo, gap: page.gap };
  }

  /** Sends a query of your own. Returns its data. */
  query(operation: Operation, signal?: AbortSignal): Promise<Readonly<Record<string, unknown>>> {
    return query(this.#url, this.#shared.tokens, operation, signal);
  }

  /**
   * Starts a subscription of your own, and returns what ends it. `sink` gets its results as the API sends them. With
   * `resume` it continues behind the last result after a lost connection; without, it starts anew.
   */
  subscribe(operation: Operation, sink: Sink<Result>, resume?: Resume): () => void {
    const subscription = new Subscription(this.#shared, operation, resume);
    subscription.start(sink);
    return () => {
      subscription.stop();
    };
  }

  /**
   * Asks for the token again, and hands it over to the open connection. Subscriptions that were refused, and wait, start
   * again with it. The client itself asks with each ping of an open WebSocket, and for each new connection.
   */
  async renewToken(): Promise<void> {
    this.#shared.tokens.renewed();
    this.retryNow();
    await this.#transport.renewToken();
  }

  /** Makes the next attempt to connect now. Does nothing while the client waits for none. */
  retryNow(): void {
    this.#pauses.end();
  }

  /** Ends all subscriptions: their iterators give what they have received, and are done. The client cannot be used any more. */
  close(): void {
    this.#stopWaking();
    this.#shared.state.closed();
    for (const subscription of [...this.#shared.running]) {
      subscription.complete();
    }
    this.#transport.close();
  }

  #results<T>(
    operation: Operation,
    valueOf: (data: Readonly<Record<string, unknown>>) => T,
    signal?: AbortSignal,
    resume?: Resume,
  ): Results<T> {
    return new Results(new Subscription(this.#shared, operation, resume), valueOf, signal);
  }
}

/** Creates a client. Nothing is sent before the first operation. */
export function createClient(options: ClientOptions): TickqlClient {
  return new TickqlClient(options);
}

interface HistoryConnection {
  readonly edges: readonly { readonly node: HistoryTick }[];
  readonly pageInfo: Pick<HistoryPage, "hasNextPage" | "hasPreviousPage" | "startCursor" | "endCursor">;
  readonly gap: HistoryPage["gap"];
}

function timesOf(times: Record<string, Instant | Date | undefined>): Record<string, Instant> {
  const given = Object.entries(times).filter((entry): entry is [string, Instant | Date] => entry[1] !== undefined);
  return Object.fromEntries(given.map(([name, time]) => [name, time instanceof Date ? time.toISOString() : time]));
}

function addressOf(url: string | URL): URL {
  // `location` is the page's; Node.js has none.
  const base = (globalThis as { location?: { href: string } }).location?.href;
  const address = new URL(url, base);
  if (address.protocol !== "http:" && address.protocol !== "https:") {
    throw new TypeError(`${address.href} is not the address of an API, such as http://127.0.0.1:8000/graphql`);
  }
  return address;
}
