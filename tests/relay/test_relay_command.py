"""The commands `tickql relay` and `tickql up --relay`: what they refuse before they connect anything."""

import pytest

from tests.support.process import program
from tickql.cli.errors import TickqlError
from tickql.cli.relays import plan_relays
from tickql.cli.settings import Settings
from tickql.relay.errors import InvalidAddress


async def test_a_wrong_address_ends_the_command_with_one_line_and_exit_code_1() -> None:
    async with program("-m", "tickql", "relay", "--to", "nats://user:horse@host") as running:
        assert await running.ends() == 1
    (line,) = running.output
    assert line.startswith("tickql: no relay serves addresses of the kind nats://; those served: kafka://, ")


def test_up_checks_the_addresses_of_its_relays_first() -> None:
    assert [plan.name for plan in plan_relays(["kafka://a:9092", "amqp://b"], Settings())] == [
        "kafka",
        "rabbitmq-exchange",
    ]
    with pytest.raises(InvalidAddress, match=r"no relay serves addresses of the kind nats://"):
        plan_relays(["kafka://a", "nats://b"], Settings())


def test_up_has_one_relay_of_a_name() -> None:
    with pytest.raises(TickqlError, match=r"two relays would have the name rabbitmq-exchange: .* --to URL --name NAME"):
        plan_relays(["amqp://a", "amqps://b"], Settings())


def test_a_name_from_the_environment_is_for_one_relay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TICKQL_RELAY_NAME", "desk")
    with pytest.raises(TickqlError, match=r"two relays would have the name desk"):
        plan_relays(["kafka://a", "amqp://b"], Settings())


def test_the_first_relay_has_the_port_of_metrics_and_any_other_one_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TICKQL_RELAY_METRICS_PORT", "9105")
    monkeypatch.setenv("TICKQL_METRICS_HOST", "0.0.0.0")
    first, second = plan_relays(["kafka://a", "amqp://b"], Settings())
    assert (first.metrics_host, first.metrics_port) == ("0.0.0.0", 9105)
    assert second.metrics_host == "127.0.0.1"
    assert second.metrics_port not in (0, 9105)
