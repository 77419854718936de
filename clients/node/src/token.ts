import { TokenRefused } from "./errors.js";

/**
 * What the API knows its client by. A function is asked for each connection and each query, and at each keep-alive of an
 * open WebSocket: a new token is handed over before the old one ends. Null: the API needs none.
 */
export type Token = string | null | (() => string | null | Promise<string | null>);

/** The tokens of one client, and whether the API accepts them. */
export class TokenSource {
  readonly #token: Token;
  #refusals = 0;

  constructor(token: Token) {
    this.#token = token;
  }

  async current(): Promise<string | null> {
    return typeof this.#token === "function" ? await this.#token() : this.#token;
  }

  /** The current token as a header of HTTP, or as the payload of `connection_init`. */
  async headers(): Promise<Record<string, string>> {
    return credentials(await this.current());
  }

  /** Takes note that a token was accepted. */
  accepted(): void {
    this.#refusals = 0;
  }

  /**
   * Takes note that a token was refused. Returns the error, or null if another try may succeed: a function may have
   * returned a token that has ended meanwhile, and is asked once more.
   */
  refused(reason: string): TokenRefused | null {
    this.#refusals += 1;
    const mayHaveAnother = typeof this.#token === "function" && this.#refusals === 1;
    return mayHaveAnother ? null : new TokenRefused(reason === "" ? "the token is not accepted" : reason);
  }
}

/** A token in the form in which the API takes it. */
export function credentials(token: string | null): Record<string, string> {
  return token === null ? {} : { authorization: `Bearer ${token}` };
}
