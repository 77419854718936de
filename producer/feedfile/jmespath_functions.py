"""JMESPath's functions for documents whose numbers are `JsonNumber`, and `parse()` for JSON in a string. No I/O."""

from typing import Any

from jmespath.functions import REVERSE_TYPES_MAP, TYPES_MAP, Functions, signature
from jmespath.visitor import Options

from tickql.producer.feedfile.exact_json import decode_json
from tickql.producer.feedfile.json_number import JsonNumber

# The library checks the types of arguments by the names of Python classes, in these two tables of the whole process.
TYPES_MAP[JsonNumber.__name__] = "number"
REVERSE_TYPES_MAP["number"] += (JsonNumber.__name__,)

_STANDARD = Functions.FUNCTION_TABLE

NULL = object()
"""What stands for null where null must differ from a key that is missing: see `with_null_markers`."""


def with_null_markers(value: Any) -> Any:
    """Return a copy with `NULL` in place of each null: JMESPath returns `None` for null and for a missing key."""
    if isinstance(value, dict):
        return {key: with_null_markers(each) for key, each in value.items()}
    if isinstance(value, list):
        return [with_null_markers(each) for each in value]
    return NULL if value is None else value


class ExactNumberFunctions(Functions):
    """The standard functions, but for three that would turn a number into a float or not recognise a `JsonNumber`.

    `parse(text)` is the value of a JSON text. A value that is no text is returned as it is: some messages hold either.
    """

    @signature({"types": []})
    def _func_to_number(self, given: Any) -> Any:
        if isinstance(given, str):
            return JsonNumber.from_text(given)
        return given if isinstance(given, JsonNumber | int | float) and not isinstance(given, bool) else None

    @signature({"types": []})
    def _func_to_string(self, given: Any) -> Any:
        return str(given) if isinstance(given, JsonNumber) else _STANDARD["to_string"]["function"](self, given)

    @signature({"types": []})
    def _func_type(self, given: Any) -> Any:
        return "number" if isinstance(given, JsonNumber) else _STANDARD["type"]["function"](self, given)

    @signature({"types": []})
    def _func_parse(self, given: Any) -> Any:
        return decode_json(given) if isinstance(given, str) else given


class NullMarkingFunctions(ExactNumberFunctions):
    """The same functions for a document with null markers: the nulls in a parsed text are marked too."""

    @signature({"types": []})
    def _func_parse(self, given: Any) -> Any:
        return with_null_markers(decode_json(given)) if isinstance(given, str) else given


FUNCTION_NAMES = tuple(ExactNumberFunctions.FUNCTION_TABLE)
OPTIONS = Options(custom_functions=ExactNumberFunctions())
NULL_MARKING_OPTIONS = Options(custom_functions=NullMarkingFunctions())
