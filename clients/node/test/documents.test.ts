import { readFileSync } from "node:fs";

import { buildSchema, parse, validate } from "graphql";
import { describe, expect, it } from "vitest";

import * as documents from "../src/documents.js";

const schema = buildSchema(readFileSync(new URL("../../../schema.graphql", import.meta.url), "utf8"));

describe("the operations of the client", () => {
  it.each(Object.entries(documents))("fit the schema: %s", (_, text) => {
    expect(validate(schema, parse(text))).toEqual([]);
  });
});
