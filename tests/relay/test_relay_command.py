"""The commands `tickql relay` and `tickql up --relay`: what they refuse before they connect anything."""

import pytest

from tests.support.process import program
from tickql.cli.errors import TickqlError
from tickql.cli.relays import check_relays
from tickql.feed.settings import FeedSettings
from tickql.relay.errors import InvalidAddress


async def test_a_wrong_address_ends_the_command_with_one_line_and_exit_code_1() -> None:
    async with program("-m", "tickql", "relay", "--to", "nats://user:horse@host") as running:
        assert await running.ends() == 1
    (line,) = running.output
    assert line.startswith("tickql: no relay serves addresses of the kind nats://; those served: kafka://, ")


def test_up_checks_the_addresses_of_its_relays_first() -> None:
    check_relays(["kafka://a:9092", "amqp://b"], FeedSettings())
    with pytest.raises(InvalidAddress, match=r"no relay serves addresses of the kind nats://"):
        check_relays(["kafka://a", "nats://b"], FeedSettings())


def test_up_has_one_relay_of_a_name() -> None:
    with pytest.raises(TickqlError, match=r"two relays to kafka:// .* tickql relay --to URL --name NAME"):
        check_relays(["kafka://a", "kafka://b"], FeedSettings())
