import { expect, test } from "vitest";

import { snippets } from "./snippets.ts";

test("names are quoted as each language needs it", () => {
  const [graphql, , , shell] = snippets(`O'"X`, new URL("https://prices.example/desk/graphql"));
  expect(graphql?.text).toContain(String.raw`ticks(symbol: "O'\"X")`);
  expect(shell?.text).toContain(String.raw`O'\''`);
});

test("addresses keep their path and become those of WebSockets", () => {
  const [, python, javascript] = snippets("ES", new URL("https://prices.example/desk/graphql"));
  expect(python?.text).toContain('"https://prices.example/desk/graphql"');
  expect(javascript?.text).toContain('"wss://prices.example/desk/graphql"');
});
