const FALLBACK = "ES";
const DEADLINE_MS = 2000;

/**
 * The symbol that the opening tabs ask for: `ES` if the feed has it, else the first that the feed knows.
 * A server that gives no list in time costs nothing but the choice: the page opens with `ES`.
 */
export async function openingSymbol(endpoint: URL): Promise<string> {
  const symbols = await askForSymbols(endpoint).catch((): string[] => []);
  return symbols.includes(FALLBACK) ? FALLBACK : (symbols[0] ?? FALLBACK);
}

async function askForSymbols(endpoint: URL): Promise<string[]> {
  const response = await fetch(endpoint, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify({ query: "{ symbols }" }),
    signal: AbortSignal.timeout(DEADLINE_MS),
  });
  const answer = (await response.json()) as { data?: { symbols?: string[] } | null };
  return answer.data?.symbols ?? [];
}
