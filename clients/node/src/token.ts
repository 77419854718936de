import { TokenRefused } from "./errors.js";

/**
 * What the API knows its client by. A function is asked for each connection and each query, and at each keep-alive of an
 * open WebSocket: a new token is handed over before the old one ends. Null: the API needs none.
 */
export type Token = string | null | (() => string | null | Promise<string | null>);

/** What becomes of the subscriptions when the API does not accept the token: see `ClientOptions`. */
export type WhenRefused = "fail" | "wait";

/** The tokens of one client, and which subscriptions wait for another one. */
export class TokenSource {
  readonly #token: Token;
  readonly #whenRefused: WhenRefused;
  readonly #waiting = new Set<() => void>();
  #isRefused = false;

  constructor(token: Token, whenRefused: WhenRefused) {
    this.#token = token;
    this.#whenRefused = whenRefused;
  }

  /** Whether a refused subscription is kept until there is another token. */
  get keepsRefused(): boolean {
    return this.#whenRefused === "wait";
  }

  /** Whether no attempt is made before `renewed`. */
  get isAwaited(): boolean {
    return this.#isRefused && this.keepsRefused;
  }

  async current(): Promise<string | null> {
    return typeof this.#token === "function" ? await this.#token() : this.#token;
  }

  /** The current token as a header of HTTP, or as the payload of `connection_init`. */
  async headers(): Promise<Record<string, string>> {
    return credentials(await this.current());
  }

  /**
   * Takes note that a token was refused to a connection, for the first or the second time. Returns the error, or null if
   * another try may succeed: a function may have returned a token that has ended meanwhile, and is asked once more.
   */
  refused(reason: string, token: string | null, isFirst: boolean): TokenRefused | null {
    if (typeof this.#token === "function" && token !== null && isFirst) {
      return null;
    }
    this.#isRefused = true;
    return new TokenRefused(reason === "" ? "the token is not accepted" : reason);
  }

  /** Calls `start` when there may be another token. Returns what ends that. */
  awaitNew(start: () => void): () => void {
    this.#waiting.add(start);
    return () => {
      this.#waiting.delete(start);
    };
  }

  /** There may be another token: what waits for it starts. */
  renewed(): void {
    this.#isRefused = false;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const start of waiting) {
      start();
    }
  }
}

/** A token in the form in which the API takes it. */
export function credentials(token: string | null): Record<string, string> {
  return token === null ? {} : { authorization: `Bearer ${token}` };
}
