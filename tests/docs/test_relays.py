"""The page on relays is complete: it lists what the programs have."""

import re
from pathlib import Path

import pytest

from tickql.relay.kafka.options import OPTIONS
from tickql.relay.settings import RelaySettings
from tickql.relay.sinks import SINKS

RELAYS = (Path(__file__).parents[2] / "docs/relays.md").read_text()


@pytest.mark.parametrize("name", RelaySettings.model_fields)
def test_each_setting_is_listed(name: str) -> None:
    assert re.search(rf"^\|[^|]*`TICKQL_RELAY_{name.upper()}`", RELAYS, re.MULTILINE)


@pytest.mark.parametrize("name", OPTIONS)
def test_each_option_of_kafka_is_listed(name: str) -> None:
    assert re.search(rf"^\|[^|]*`{re.escape(name)}`", RELAYS, re.MULTILINE)


@pytest.mark.parametrize("scheme", SINKS)
def test_each_kind_of_address_and_its_default_name_are_listed(scheme: str) -> None:
    assert re.search(rf"^\|[^|]*`{re.escape(scheme)}://`", RELAYS, re.MULTILINE)
    assert re.search(rf"^\| `TICKQL_RELAY_NAME` .*`{re.escape(SINKS[scheme].name)}`", RELAYS, re.MULTILINE)
