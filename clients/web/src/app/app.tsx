import { lazy, Suspense } from "react";
import { Route, Router, Switch } from "wouter";
import { useHashLocation } from "wouter/use-hash-location";

import { Board } from "../board/board.tsx";
import { Masthead } from "./masthead.tsx";
import { TokenPanel } from "./token-panel.tsx";

const SymbolPage = lazy(() => import("../symbol/symbol-page.tsx"));
const FeedsPage = lazy(() => import("../feeds/feeds-page.tsx"));

/**
 * The page: its masthead, and the view that the address names. The view is in the fragment (`#/symbol/ES`), so that
 * the page works below any path of any server.
 */
export function App() {
  return (
    <Router hook={useHashLocation}>
      <Masthead />
      <TokenPanel />
      <Suspense fallback={<main className="view" />}>
        <Switch>
          <Route path="/">
            <Board />
          </Route>
          <Route path="/symbol/:symbol">
            {({ symbol }) => <SymbolPage key={symbol} symbol={decodeURIComponent(symbol)} />}
          </Route>
          <Route path="/feeds/:name?">
            {({ name }) => <FeedsPage name={name === undefined ? null : decodeURIComponent(name)} />}
          </Route>
          <Route>
            <NoSuchView />
          </Route>
        </Switch>
      </Suspense>
    </Router>
  );
}

function NoSuchView() {
  return (
    <main className="view notice">
      <h1>There is no such view</h1>
      <p>
        The address of this page names a view that the board does not have. <a href="#/">Show all symbols</a>
      </p>
    </main>
  );
}
