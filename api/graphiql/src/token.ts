// The board of the same server keeps its token there, too: it is entered once in a tab.
const KEY = "tickql.token";

/**
 * The token of the page, for servers that need one.
 * It is kept as long as the browser's tab is open, and not written to disk: `sessionStorage`.
 */
export function readToken(): string {
  return sessionStorage.getItem(KEY) ?? "";
}

/** Keeps a token. An empty text: none. */
export function writeToken(token: string): void {
  if (token === "") {
    sessionStorage.removeItem(KEY);
  } else {
    sessionStorage.setItem(KEY, token);
  }
}

/** Returns headers with the token, unless they have an `Authorization` of their own. */
export function withToken(headers: Record<string, string>): Record<string, string> {
  const token = readToken();
  const hasOwn = Object.keys(headers).some((name) => name.toLowerCase() === "authorization");
  return token === "" || hasOwn ? headers : { ...headers, authorization: `Bearer ${token}` };
}
