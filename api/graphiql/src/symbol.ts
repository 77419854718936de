import { withToken } from "./token.ts";

const FALLBACK = "ES";
const TIMEOUT_MS = 2000;

/**
 * Returns the symbol of the opening tabs: `ES` if the feed has it, otherwise the first symbol of the feed.
 * If the server does not answer within 2 s, it is `ES`, too: the page must open in any case.
 */
export async function openingSymbol(endpoint: URL): Promise<string> {
  const symbols = await fetchSymbols(endpoint).catch((): string[] => []);
  return symbols.includes(FALLBACK) ? FALLBACK : (symbols[0] ?? FALLBACK);
}

async function fetchSymbols(endpoint: URL): Promise<string[]> {
  const response = await fetch(endpoint, {
    method: "POST",
    headers: withToken({ "content-type": "application/json", accept: "application/json" }),
    body: JSON.stringify({ query: "{ symbols }" }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const answer = (await response.json()) as { data?: { symbols?: string[] } | null };
  return answer.data?.symbols ?? [];
}
