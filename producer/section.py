"""One section of a feed file: frozen, and an unknown key is refused with the nearest known one."""

from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, model_validator

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
