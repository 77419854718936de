"""JMESPath's functions for documents whose numbers are `JsonNumber`. No I/O."""

from typing import Any

from jmespath.functions import REVERSE_TYPES_MAP, TYPES_MAP, Functions, signature
from jmespath.visitor import Options

from tickql.producer.feedfile.json_number import JsonNumber

# The library checks the types of arguments by the names of Python classes, in these two tables of the whole process.
TYPES_MAP[JsonNumber.__name__] = "number"
REVERSE_TYPES_MAP["number"] += (JsonNumber.__name__,)

_STANDARD = Functions.FUNCTION_TABLE


class ExactNumberFunctions(Functions):
    """The standard functions, but for three that would turn a number into a float or not recognise a `JsonNumber`."""

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


OPTIONS = Options(custom_functions=ExactNumberFunctions())
