"""Writes the schema as text: `python -m tickql.api.schema_export > schema.graphql`."""

import sys

from tickql.api.schema import schema


def schema_text() -> str:
    """The schema in GraphQL's own language, as `schema.graphql` holds it."""
    return schema.as_str() + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema_text())
