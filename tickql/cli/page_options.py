"""Options that stand for keys of a feed file's `[page]`: how `tickql discover` gets to the prices."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tickql.cli.errors import TickqlError
from tickql.producer.feedfile.page_settings import PageSettings
from tickql.producer.feedfile.page_steps import KINDS
from tickql.producer.feedfile.toml_strings import quoted
from tickql.producer.feedfile.validation_errors import describe_validation_error

_VIEWPORT = re.compile(r"(\d+)[x, ](\d+)")
_SHORT_STEP = re.compile(rf"({'|'.join(KINDS)})\s+(?!=)(.+)", re.DOTALL)


@dataclass(frozen=True)
class PageOptions:
    """The options as the user gives them. Empty and `None`: not given."""

    locale: str | None = None
    storage_state: Path | None = None
    viewport: str | None = None
    """Such as `1280x6000`."""
    dismiss: Sequence[str] = ()
    steps: Sequence[str] = ()
    """Such as `click #tab`, or `choose = "#market", value = "Futures"`."""
    lines: Sequence[str] = ()
    """Further lines of the section, such as `proxy = "http://127.0.0.1:3128"`."""

    def keys(self) -> dict[str, Any]:
        """Return the keys of `[page]` that these options stand for.

        Raises:
            TickqlError: an option cannot be read, or a key is given twice.
        """
        given: list[tuple[str, Any]] = [
            ("locale", self.locale),
            ("storage_state", self.storage_state and str(self.storage_state.resolve())),
            ("viewport", self.viewport and _viewport(self.viewport)),
            ("dismiss", list(self.dismiss)),
            ("steps", [_step(text) for text in self.steps]),
        ]
        keys = {name: value for name, value in given if value}
        for line in self.lines:
            for name, value in _toml(line, "--page").items():
                if name in keys or name == "url":
                    raise TickqlError(f"--page {line!r}: {name} is given twice, keep one of them")
                keys[name] = value
        return keys


def page_settings(url: str, keys: dict[str, Any], folder: Path) -> PageSettings:
    """Return the settings, checked. Files are looked up in `folder`.

    Raises:
        TickqlError: the address, or a key, is wrong.
    """
    try:
        return PageSettings.model_validate({"url": url, **keys}, context=folder)
    except ValidationError as error:
        raise TickqlError(describe_validation_error(error, {})) from error


def toml_lines(keys: dict[str, Any]) -> tuple[str, ...]:
    """Return the keys as lines of a feed file."""
    return tuple(f"{name} = {_toml_value(value)}" for name, value in keys.items())


def _toml_value(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return quoted(value)
        case list():
            inner = [_toml_value(each) for each in value]
            return "\n".join(["[", *(f"  {each}," for each in inner), "]"]) if len(inner) > 1 else f"[{inner[0]}]"
        case dict():
            return f"{{ {', '.join(f'{name} = {_toml_value(each)}' for name, each in value.items())} }}"
        case _:
            return str(value)


def _viewport(text: str) -> dict[str, int]:
    found = _VIEWPORT.fullmatch(text.strip())
    if found is None:
        raise TickqlError(f"--viewport {text!r} is not a size, such as 1280x6000")
    return {"width": int(found[1]), "height": int(found[2])}


def _step(text: str) -> dict[str, Any]:
    found = _SHORT_STEP.fullmatch(text.strip())
    if found is not None:
        return {found[1]: found[2]}
    table = text.strip()
    table = table if table.startswith("{") else f"{{ {table} }}"
    step: dict[str, Any] = _toml(f"step = {table}", "--step", text)["step"]
    return step


def _toml(text: str, option: str, shown: str | None = None) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        example = "--step 'click #futures'" if option == "--step" else """--page 'proxy = "http://127.0.0.1:3128"'"""
        raise TickqlError(f"{option} {shown or text!r} cannot be read: write it such as {example}") from error
