"""The parts of a GraphQL operation as a client sends it: `query`, `variables`, `operationName` and `extensions`."""

import json
from collections.abc import Mapping

from cross_web import HTTPException
from graphql import GraphQLError

from tickql.api.errors import BadUserInput
from tickql.api.limits.refusals import refusals
from tickql.api.limits.values import LIMITS
from tickql.api.transport.json_text import decode_json


def check_operation(parts: Mapping[str, object]) -> None:
    """Check the types of the parts.

    Raises:
        GraphQLError: `query` is missing, empty or no string, or another part has a wrong type. With the code
            `BAD_REQUEST`, or `PERSISTED_QUERY_NOT_SUPPORTED` if the client sends the hash of a document in its place.
            Or the document, or a list in a variable, is too long.
    """
    extensions = _object_or_null(parts, "extensions")
    variables = _object_or_null(parts, "variables")
    if not isinstance(parts.get("operationName"), str | None):
        raise _bad("`operationName` must be a string or null")
    query = parts.get("query")
    if query is None and extensions is not None and "persistedQuery" in extensions:
        # Apollo's clients know this message and code, and send the document from then on.
        raise GraphQLError("PersistedQueryNotSupported", extensions={"code": "PERSISTED_QUERY_NOT_SUPPORTED"})
    if not isinstance(query, str):
        raise _bad("`query` is missing" if query is None else "`query` must be a string")
    if not query:
        raise _bad("`query` is empty")
    _check_size(query, variables or {})


def url_parts(parameters: Mapping[str, str | None]) -> dict[str, object]:
    """Return the parts of an operation in the query string of a URL, where `variables` and `extensions` are JSON.

    Raises:
        HTTPException: one of the two is no JSON.
    """
    parts: dict[str, object] = dict(parameters)
    for name in ("variables", "extensions"):
        if text := parameters.get(name):
            try:
                parts[name] = decode_json(text)
            except json.JSONDecodeError as error:
                raise HTTPException(400, f"`{name}` in the URL is not JSON") from error
    return parts


def _check_size(query: str, variables: Mapping[str, object]) -> None:
    """Refuse what is too large before anything reads all of it. Every list in a variable is one of symbols."""
    if len(query) > (most := LIMITS.document_characters):
        refusals.refused("a document, because of its document_characters")
        extensions = {"code": "LIMIT_EXCEEDED", "limit": "document_characters"}
        raise GraphQLError(f"the operation is refused: more than {most} characters", extensions=extensions)
    for value in variables.values():
        if isinstance(value, list) and len(value) > LIMITS.symbols:
            error = BadUserInput("symbols", f"has {len(value)} symbols, not up to {LIMITS.symbols}")
            raise GraphQLError(str(error), extensions=error.extensions)


def _object_or_null(parts: Mapping[str, object], name: str) -> dict[str, object] | None:
    value = parts.get(name)
    if not isinstance(value, dict | None):
        raise _bad(f"`{name}` must be an object or null")
    return value


def _bad(message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": "BAD_REQUEST"})
