import "./workers.ts";
import "graphiql/style.css";
import "@graphiql/plugin-explorer/style.css";
import "./page.css";

import { explorerPlugin } from "@graphiql/plugin-explorer";
import { GraphiQL, HISTORY_PLUGIN } from "graphiql";
import { createRoot } from "react-dom/client";

import { openingSymbol } from "./symbol.ts";
import { tabs } from "./tabs.ts";
import { tickqlStorage } from "./storage.ts";
import { TokenField } from "./tokenfield.tsx";
import { createFetcher } from "./transport.ts";

// The page has the same address as the endpoint, under any host, port and path prefix.
const endpoint = new URL(location.pathname, location.origin);
const fetcher = createFetcher(endpoint);

const element = document.getElementById("graphiql");
if (element === null) {
  throw new Error("the page has no element #graphiql");
}
const symbol = await openingSymbol(endpoint);
createRoot(element).render(
  <GraphiQL
    fetcher={fetcher}
    defaultTabs={tabs(symbol)}
    plugins={[HISTORY_PLUGIN, explorerPlugin()]}
    storage={tickqlStorage()}
    schemaDescription
  >
    <GraphiQL.Logo>
      <TokenField />
      tickql
    </GraphiQL.Logo>
  </GraphiQL>,
);
