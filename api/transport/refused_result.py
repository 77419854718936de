"""Operations that are refused before their execution, such as for the value of a variable: form and status."""

from typing import Any

from cross_web import HTTPException
from graphql import GraphQLError
from starlette.responses import Response
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from tickql.api.transport.negotiation import GRAPHQL_JSON, JSON, negotiate


def remove_data_of_refused(result: dict[str, Any]) -> None:
    """Remove the `data` of the result of a refused operation: null would say that it was executed.

    Rule: Response Format, https://spec.graphql.org/October2021/#sec-Response-Format.
    """
    errors = result.get("errors")
    if result.get("data") is None and errors and all("path" not in error for error in errors):
        result.pop("data", None)


def set_form(response: Response, result: ExecutionResult, media_type: str) -> None:
    """Set type and status of an answer. Only clients that name the newer type expect a status for a refused request."""
    response.media_type = media_type
    # Neither data nor an error with a path: the operation was not executed, not even in part.
    is_refused = result.data is None and bool(result.errors) and all(each.path is None for each in result.errors or ())
    response.status_code = 400 if is_refused and media_type == GRAPHQL_JSON else 200


def is_subscription(error: HTTPException) -> bool:
    """Return whether Strawberry refuses a subscription where it executes queries."""
    cause = error.__cause__
    return isinstance(cause, InvalidOperationTypeError) and cause.operation_type is OperationType.SUBSCRIPTION


def status_of(error: GraphQLError, accept: str | None) -> int:
    """Return the status of the answer to a request that no operation can be taken from. `accept`: its header."""
    # Apollo's clients send the document after an answer with status 200.
    is_hash = (error.extensions or {}).get("code") == "PERSISTED_QUERY_NOT_SUPPORTED"
    return 200 if is_hash and negotiate(accept).json_type == JSON else 400
