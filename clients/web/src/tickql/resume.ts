import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from "graphql";
import type { Resume } from "tickql-client";

const NEEDS =
  "a subscription to every tick needs the argument `after: $after` and the field `cursor`: " +
  "ticks would be lost whenever the connection breaks";

/**
 * Returns how a subscription continues after a lost connection: undefined for `board` and `feedStatus`, which begin with
 * the present state. Throws an error if the document asks for every tick and gives no way to continue.
 */
export function resumeOf(document: DocumentNode): Resume | undefined {
  const root = rootField(document);
  if (root?.name.value !== "ticks") {
    return undefined;
  }
  const values = new Map((root.arguments ?? []).map(({ name, value }) => [name.value, value]));
  const after = values.get("after");
  const cursor = keyOf("cursor", root.selectionSet, document);
  if (after?.kind !== Kind.VARIABLE || cursor === undefined) {
    if (values.has("delivery") || values.has("maxHz")) {
      return undefined;
    }
    throw new Error(NEEDS);
  }
  const ticks = (root.alias ?? root.name).value;
  return {
    variable: after.name.value,
    cursorOf: (data) => (data[ticks] as Record<string, string> | undefined)?.[cursor],
  };
}

function rootField(document: DocumentNode): FieldNode | undefined {
  const operation = document.definitions.find(
    (each): each is OperationDefinitionNode => each.kind === Kind.OPERATION_DEFINITION,
  );
  return operation?.selectionSet.selections.find(
    (each): each is FieldNode => each.kind === Kind.FIELD && !each.name.value.startsWith("__"),
  );
}

/** Returns the key under which a selection gives a field; undefined if it does not. */
function keyOf(name: string, selected: SelectionSetNode | undefined, document: DocumentNode): string | undefined {
  for (const selection of selected?.selections ?? []) {
    const key =
      selection.kind === Kind.FIELD
        ? selection.name.value === name
          ? (selection.alias ?? selection.name).value
          : undefined
        : keyOf(name, selectionsOf(selection, document), document);
    if (key !== undefined) {
      return key;
    }
  }
  return undefined;
}

function selectionsOf(
  fragment: Exclude<SelectionNode, FieldNode>,
  document: DocumentNode,
): SelectionSetNode | undefined {
  if (fragment.kind === Kind.INLINE_FRAGMENT) {
    return fragment.selectionSet;
  }
  const definition = document.definitions.find(
    (each): each is FragmentDefinitionNode =>
      each.kind === Kind.FRAGMENT_DEFINITION && each.name.value === fragment.name.value,
  );
  return definition?.selectionSet;
}
