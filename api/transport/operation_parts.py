"""The parts of a GraphQL operation as a client sends it: `query`, `variables`, `operationName` and `extensions`."""

from collections.abc import Mapping

from graphql import GraphQLError


def check_operation(parts: Mapping[str, object]) -> None:
    """Check the types of the parts.

    Raises:
        GraphQLError: `query` is missing or no string, or another part has a wrong type. With the code `BAD_REQUEST`, or
            `PERSISTED_QUERY_NOT_SUPPORTED` if the client sends the hash of a document in place of the document.
    """
    extensions = _object_or_null(parts, "extensions")
    _object_or_null(parts, "variables")
    if not isinstance(parts.get("operationName"), str | None):
        raise _bad("`operationName` must be a string or null")
    query = parts.get("query")
    if query is None and extensions is not None and "persistedQuery" in extensions:
        # Apollo's clients know this message and code, and send the document from then on.
        raise GraphQLError("PersistedQueryNotSupported", extensions={"code": "PERSISTED_QUERY_NOT_SUPPORTED"})
    if not isinstance(query, str):
        raise _bad("`query` is missing" if query is None else "`query` must be a string")


def _object_or_null(parts: Mapping[str, object], name: str) -> dict[str, object] | None:
    value = parts.get(name)
    if not isinstance(value, dict | None):
        raise _bad(f"`{name}` must be an object or null")
    return value


def _bad(message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": "BAD_REQUEST"})
