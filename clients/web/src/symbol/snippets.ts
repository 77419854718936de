export interface Snippet {
  readonly name: string;
  readonly text: string;
}

/** Returns the operation behind a symbol's page, ready to run: as GraphQL, for Python, for JavaScript, for the shell. */
export function snippets(symbol: string, endpoint: URL): readonly Snippet[] {
  const name = JSON.stringify(symbol);
  const webSocket = endpoint.href.replace(/^http/, "ws");
  return [
    {
      name: "GraphQL",
      text: `subscription {
  ticks(symbol: ${name}) {
    timestamp
    bid
    ask
    last
    cursor
    gap { reason lost }
  }
}`,
    },
    {
      name: "Python",
      text: `import asyncio

from tickql_client import ticks


async def main():
    async for tick in ticks(${name}, url=${JSON.stringify(endpoint.href)}):
        print(tick.timestamp, tick.bid, tick.ask, tick.last)


asyncio.run(main())`,
    },
    {
      name: "JavaScript",
      text: `import { createClient } from "graphql-ws";

const client = createClient({ url: ${JSON.stringify(webSocket)}, retryAttempts: Infinity });
let after = null;
const variables = { symbol: ${name}, get after() { return after; } };
const query = \`subscription ($symbol: String!, $after: ID) {
  ticks(symbol: $symbol, after: $after) { timestamp bid ask last cursor gap { reason lost } }
}\`;

for await (const { data } of client.iterate({ query, variables })) {
  after = data.ticks.cursor;
  console.log(data.ticks);
}`,
    },
    {
      name: "Shell",
      text: `curl -N ${shellQuoted(endpoint.href)} \\
  -H 'content-type: application/json' -H 'accept: text/event-stream' \\
  -d ${shellQuoted(JSON.stringify({ query: `subscription { ticks(symbol: ${name}) { timestamp bid ask last } }` }))}`,
    },
  ];
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
