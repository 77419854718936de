"""Generates what a GraphQL document may select of a type of the schema."""

from graphql import GraphQLObjectType, get_named_type, is_leaf_type
from hypothesis import strategies as st

from tickql.api.schema import schema

CORE = schema._schema
"""The schema as graphql-core has it."""


@st.composite
def selections(draw: st.DrawFn, type_name: str, depth: int = 0) -> str:
    """A selection set of a type with aliases, fragments, directives, and nested objects and lists."""
    kind = CORE.type_map[type_name]
    assert isinstance(kind, GraphQLObjectType)
    named = {name: get_named_type(field.type) for name, field in kind.fields.items()}
    leaves = ["__typename", *(name for name, of in named.items() if is_leaf_type(of))]
    objects = [name for name in named if name not in leaves]
    fields = []
    for number in range(draw(st.integers(1, 5))):
        choice = draw(st.sampled_from(["leaf", "leaf", "inline", "spread", "object"]))
        if choice == "object" and objects:
            name = draw(st.sampled_from(objects))
            inner = draw(selections(named[name].name, depth + 1))
            fields.append(f"o{depth}{number}: {name} {draw(directives())} {inner}")
        elif choice == "inline" and depth < 3:
            inner = draw(selections(type_name, depth + 1))
            condition = draw(st.sampled_from(["", f"on {type_name}"]))
            fields.append(f"... {condition} {draw(directives())} {inner}")
        elif choice == "spread" and type_name in ("Tick", "HistoryTick"):
            fields.append(f"...{draw(st.sampled_from(['Prices', 'Place']))} {draw(directives())}")
        else:
            leaf = draw(st.sampled_from(leaves))
            alias = draw(st.sampled_from(["", f"{leaf.strip('_')}_{number}_{depth}: "]))
            fields.append(f"{alias}{leaf} {draw(directives())}")
    # One leaf without a condition, so that no selection comes out empty.
    return f"{{ {' '.join(fields)} sure: {leaves[-1]} }}"


def directives() -> st.SearchStrategy[str]:
    """A directive that includes or skips a field, with the variables `$yes` and `$no`; or none."""
    return st.sampled_from(["", "", "@include(if: $yes)", "@skip(if: $yes)", "@include(if: false)", "@skip(if: $no)"])
