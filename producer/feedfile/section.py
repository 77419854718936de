"""The base class of the sections of a feed file, and the value types that several sections share."""

from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from tickql.producer.errors import excerpt
from tickql.producer.feedfile.addresses import origin_of

# A selector that a person writes has some dozens of characters; a longer text is a mistake in the file.
_MAX_SELECTOR_CHARACTERS = 1000


class Section(BaseModel):
    """Base of all sections of a feed file: frozen, and an unknown key is an error that names the nearest known key."""

    model_config = ConfigDict(frozen=True, extra="forbid", serialize_by_alias=True)

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_keys(cls, given: Any) -> Any:
        # Pydantic's own `extra="forbid"` refuses an unknown key too, but names no key that may be meant.
        if not isinstance(given, dict):
            return given
        known = [field.alias or name for name, field in cls.model_fields.items()]
        for key in given:
            if key not in known:
                near = get_close_matches(key, known, n=1, cutoff=0.5)
                advice = f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(known)}"
                raise ValueError(f"unknown key {excerpt(key)!r}: {advice}")
        return given


def _check_selector(text: str) -> str:
    if not text.strip():
        raise ValueError('an empty selector: write one such as "#es .ask"')
    if len(text) > _MAX_SELECTOR_CHARACTERS:
        raise ValueError(f"a selector of {len(text)} characters: at most {_MAX_SELECTOR_CHARACTERS} are read")
    return text


SelectorText = Annotated[str, AfterValidator(_check_selector)]
"""A CSS selector, or one of Playwright's (`text=`, `role=`, `data-testid=`, `xpath=`); see `feedfile.selectors`."""

ONE_OR_MORE = BeforeValidator(lambda given: [given] if isinstance(given, str) else given)
"""Makes a list of a single text, so that a feed file may have either."""

Candidates = Annotated[tuple[SelectorText, ...], ONE_OR_MORE, Field(min_length=1, max_length=20)]
"""Selectors that are tried in order. In the file: one selector, or a list of 20 at most."""


def check_address(url: str) -> str:
    """Return the address unchanged.

    Raises:
        ValueError: it is not an `http`, `https` or `file` address.
    """
    try:
        scheme, _, host = origin_of(url).partition("://")
        well_formed = scheme == "file" or (scheme in {"http", "https"} and bool(host))
    except ValueError:
        # For example a broken IPv6 address, or a port that is no number.
        well_formed = False
    if not well_formed:
        raise ValueError(f'url {excerpt(url, 80)!r} is not the address of a page, such as "https://example.test/board"')
    return url
