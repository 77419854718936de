"""Results of operations that were refused before their execution, such as for the value of a variable.

Rule: Response Format, https://spec.graphql.org/October2021/#sec-Response-Format.
"""

from typing import Any


def is_refused(result: dict[str, Any]) -> bool:
    """Whether an operation was refused, and not executed in part: it has no data, and none of its errors has a path."""
    errors = result.get("errors")
    return result.get("data") is None and bool(errors) and all("path" not in error for error in errors or ())


def remove_data_of_refused(result: dict[str, Any]) -> None:
    """Remove the `data` of the result of a refused operation: null would say that it was executed."""
    if is_refused(result):
        result.pop("data", None)
