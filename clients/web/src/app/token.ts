const KEY = "tickql.token";

/** Returns the token that was entered in this tab; null: none. */
export function storedToken(): string | null {
  return sessionStorage.getItem(KEY);
}

/** Keeps a token until the tab is closed. An empty one removes it. */
export function storeToken(token: string): void {
  if (token === "") {
    sessionStorage.removeItem(KEY);
  } else {
    sessionStorage.setItem(KEY, token);
  }
}

/** Returns the headers that carry the token. */
export function tokenHeaders(): Record<string, string> {
  const token = storedToken();
  return token === null ? {} : { authorization: `Bearer ${token}` };
}
