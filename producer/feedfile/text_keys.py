"""The keys that say how the text of a price is to be read, on a price or, for all its prices, on the rule."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, InstanceOf

from tickql.producer.feedfile.section import ONE_OR_MORE, Candidates, Section
from tickql.producer.prices.fractions import FractionNotation
from tickql.producer.prices.mixed_numbers import MixedNotation
from tickql.producer.prices.parse_options import ParseOptions, Raised, TextPattern
from tickql.producer.prices.price_format import PriceFormat
from tickql.producer.prices.units import Units


def _to_format(given: Any) -> PriceFormat:
    # TOML reads `format = 32` and `format = 1234.56` without quotes as numbers: they are as clear as with quotes.
    return PriceFormat.from_text(str(given) if isinstance(given, str | int | Decimal) else "")


def _to_pattern(given: Any) -> TextPattern:
    if not isinstance(given, str):
        raise ValueError(f"match {given!r:.40} should be a text in quotes")
    return TextPattern.from_text(given)


def _check_units(units: tuple[str, ...]) -> tuple[str, ...]:
    Units.from_texts(units)
    return units


FormatSetting = Annotated[InstanceOf[PriceFormat], BeforeValidator(_to_format)]
"""A price format; in the file the text that `PriceFormat.from_text` reads."""
PatternSetting = Annotated[InstanceOf[TextPattern], BeforeValidator(_to_pattern)]
"""A regular expression with one group; in the file a text."""
UnitTexts = Annotated[tuple[str, ...], ONE_OR_MORE, Field(min_length=1, max_length=20), AfterValidator(_check_units)]
"""The texts of units. In the file: one text or a list."""


class TextKeys(Section):
    """How a price's text is read. `None`: as the rule says, else as the text alone tells. See `ParseOptions`."""

    format: FormatSetting | None = None
    match: PatternSetting | None = None
    decimals: Annotated[int, Field(ge=1, le=12, strict=True)] | None = None
    zeros: Literal["subscript"] | None = None
    unit: UnitTexts | None = None
    exponent: Annotated[bool, Field(strict=True)] | None = None
    brackets: Literal["negative"] | None = None


class ShownTextKeys(TextKeys):
    """The keys for a text that a page shows, in contrast to a text in a message."""

    raised: Raised | None = None
    ignore: Candidates | None = None
    """Selectors, from the element: what they match is no part of the text."""
    settle_s: Annotated[float, Field(ge=0.05, le=10)] | None = Field(None, alias="settle")
    """Seconds for which a text must stand unchanged until it counts; `None`: it counts at once."""


def settings_of(*sections: TextKeys) -> dict[str, Any]:
    """Return the keys that are given, each from the first of the sections that gives it."""
    given: dict[str, Any] = {}
    for section in reversed(sections):
        names = [name for name in (*ShownTextKeys.model_fields, "whole") if getattr(section, name, None) is not None]
        given |= {name: getattr(section, name) for name in names}
    return {name: value for name, value in given.items() if value is not False}


def parse_options(settings: Mapping[str, Any]) -> ParseOptions:
    """Return what `settings_of` found, as the parser takes it."""
    units = settings.get("unit")
    return ParseOptions(
        match=settings.get("match"),
        raised=settings.get("raised"),
        decimals=settings.get("decimals"),
        has_fraction="whole" in settings,
        zeros="zeros" in settings,
        units=None if units is None else Units.from_texts(units),
        exponent="exponent" in settings,
        brackets="brackets" in settings,
    )


def check_keys(settings: Mapping[str, Any]) -> None:
    """Raise a `ValueError` that names two keys which contradict each other."""
    for first, second, why in _contradictions(settings):
        if first in settings and second in settings:
            raise ValueError(f"{_named(settings, first)} and {_named(settings, second)} contradict each other: {why}")


def _contradictions(settings: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """The pairs of keys that cannot be given together, and why."""
    notation = settings["format"].notation if "format" in settings else None
    raised = settings.get("raised")
    found = [
        ("raised", "whole", "the fraction has an element of its own"),
        ("decimals", "whole", "the fraction has an element of its own"),
        ("match", "whole", "a pattern matches the text of one element"),
        ("match", "raised", "a pattern tells already which digits are the price"),
        ("zeros", "decimals", "where zeros are counted, a decimal sign is shown"),
        ("exponent", "decimals", "a power of ten moves the decimal sign"),
    ]
    if raised in (Raised.CENTS, Raised.FRACTION, Raised.EXPONENT):
        found += [
            ("raised", "decimals", "both say which digits are decimals"),
            ("raised", "zeros", "both say what the small digits are"),
        ]
    if "unit" in settings and Units.from_texts(settings["unit"]).scales:
        found.append(("unit", "decimals", "a scale moves the decimal sign"))
        if notation is not None and getattr(notation, "scaled", False):
            found.append(("unit", "format", "both scale the number"))
    if isinstance(notation, FractionNotation | MixedNotation):
        found += [(name, "format", "a fraction has no decimal sign") for name in ("decimals", "zeros", "exponent")]
        if raised in (Raised.CENTS, Raised.EXPONENT):
            found.append(("raised", "format", "a fraction has no decimal sign"))
    if isinstance(notation, MixedNotation):
        found += [
            (name, "format", "this format reads raised and separate parts itself") for name in ("raised", "whole")
        ]
    elif raised is Raised.FRACTION and not isinstance(notation, FractionNotation):
        found.append(("raised", "format", "write a fraction format: 32, 64 or 8"))
        if "format" not in settings:
            raise ValueError('raised = "fraction" needs a fraction format: 32, 64 or 8')
    return found


def _named(settings: Mapping[str, Any], key: str) -> str:
    value = settings[key]
    if key == "format":
        return f'format = "{value.name}"'
    return f'{key} = "{value}"' if key in ("raised", "zeros", "brackets") else key
