"""One section of a feed file: frozen, and an unknown key is refused with the nearest known one. What many have."""

from difflib import get_close_matches
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

_MAX_SELECTOR_CHARACTERS = 1000


class Section(BaseModel):
    """Base of all sections of a feed file."""

    model_config = ConfigDict(frozen=True, extra="forbid", serialize_by_alias=True)

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_keys(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        known = [field.alias or name for name, field in cls.model_fields.items()]
        for key in given:
            if key not in known:
                near = get_close_matches(key, known, n=1, cutoff=0.5)
                advice = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
                raise ValueError(f"unknown key {key[:40]!r}: {advice}")
        return given


def _check_selector(text: str) -> str:
    if not text.strip():
        raise ValueError('an empty selector: write one such as "#es .ask"')
    if len(text) > _MAX_SELECTOR_CHARACTERS:
        raise ValueError(f"a selector of {len(text)} characters: at most {_MAX_SELECTOR_CHARACTERS} are read")
    return text


Selector = Annotated[str, AfterValidator(_check_selector)]
"""A CSS selector, or one of Playwright's (`text=`, `role=`, `data-testid=`, `xpath=`)."""


def _as_list(given: Any) -> Any:
    return [given] if isinstance(given, str) else given


Candidates = Annotated[tuple[Selector, ...], BeforeValidator(_as_list), Field(min_length=1, max_length=20)]
"""One selector, or a list of them."""


def check_address(url: str) -> str:
    """The same text.

    Raises:
        ValueError: it is no `http`, `https` or `file` address.
    """
    try:
        parts = urlsplit(url)
        well_formed = parts.scheme == "file" or (parts.scheme in {"http", "https"} and bool(parts.hostname))
    except ValueError:
        well_formed = False
    if not well_formed:
        raise ValueError(f'url {url[:80]!r} is no address of a page, such as "https://example.test/board"')
    return url
