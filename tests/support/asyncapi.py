"""`docs/asyncapi.yaml`: what it says of messages, and whether a real message is so."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml

DOCUMENT = Path(__file__).parents[2] / "docs" / "asyncapi.yaml"


@cache
def document() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.safe_load(DOCUMENT.read_text())
    return parsed


def check_message(channel: str, body: bytes, headers: Mapping[str, object] | None = None) -> str:
    """Check a message of a channel. Returns its kind, the name by which the channel has it: `tick`.

    It must fit exactly one kind of message of this channel, and have no key that the document does not name.
    `headers`: `None` if the channel has none.
    """
    kinds: dict[str, dict[str, str]] = document()["channels"][channel]["messages"]
    payload = json.loads(body)
    faults = {kind: _faults(reference["$ref"], payload, headers) for kind, reference in kinds.items()}
    fitting = [kind for kind, found in faults.items() if not found]
    assert len(fitting) == 1, f"{payload} with {headers} in {channel}: {faults}"
    _check_named(kinds[fitting[0]]["$ref"], payload)
    return fitting[0]


def _faults(message: str, payload: object, headers: Mapping[str, object] | None) -> list[str]:
    """Return what is wrong with a payload and headers for a message that is named by its reference."""
    parts = [("payload", payload)] if headers is None else [("payload", payload), ("headers", dict(headers))]
    return [
        f"{part} {error.message}"
        for part, value in parts
        for error in _validator(f"{message}/{part}").iter_errors(value)
    ]


@cache
def _validator(reference: str) -> jsonschema_rs.Draft7Validator:
    return jsonschema_rs.Draft7Validator({"components": document()["components"], "allOf": [{"$ref": reference}]})


def _check_named(message: str, payload: Mapping[str, object]) -> None:
    schema = _resolve(f"{message}/payload")
    assert payload.keys() <= schema["properties"].keys(), f"{message} does not name all keys of {payload}"


def _resolve(reference: str) -> dict[str, Any]:
    found: dict[str, Any] = document()
    for key in reference.removeprefix("#/").split("/"):
        found = found[key]
        if "$ref" in found:
            found = _resolve(found["$ref"])
    return found
