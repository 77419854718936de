import type { PageState } from "../graphql/graphql.ts";
import { lookOf } from "./states.ts";

/** A state as a sign and a word, readable without colour. */
export function StateWord({ state }: { state: PageState }) {
  const { word, sign, kind } = lookOf(state);
  return (
    <span className={`state state-${kind}`}>
      <span aria-hidden="true">{sign}</span> {word}
    </span>
  );
}
