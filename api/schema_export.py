"""The schema as text: `python -m tickql.api.schema_export > schema.graphql`."""

import sys

from tickql.api.schema import schema


def schema_text() -> str:
    """Return the schema in the GraphQL schema language, as `schema.graphql` contains it."""
    return schema.as_str() + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema_text())
