"""What `tickql up` prints once it runs."""

from io import StringIO

from rich.console import Console

from tickql.cli.panel import panel, running
from tickql.cli.relays import RelayState, plan_relays
from tickql.cli.settings import Settings
from tickql.feed.health import FeedState, FeedStatus


def test_what_is_wrong_stands_there_as_it_was_said() -> None:
    console = Console(width=200, record=True, file=StringIO())
    said = """my: [[table]] #1: rows "tr[data-symbol]" matches nothing (on '[/b] [red]x' at http://[::1]/)"""
    status = FeedStatus(FeedState.STALE, said, 0, ())
    console.print(panel(Settings(port=8010), "redis://127.0.0.1:6390/0", ["http://[::1]/?q[a]=b"], status, []))
    shown = console.export_text()
    assert said in shown
    assert "http://[::1]/?q[a]=b" in shown
    assert "tickql is stale: 0 of 0 symbols tick" in shown
    assert "watch --url http://127.0.0.1:8010/graphql" in shown


def test_each_relay_stands_there_with_its_state_and_without_its_password() -> None:
    console = Console(width=200, record=True, file=StringIO())
    settings, status = Settings(), FeedStatus(FeedState.LIVE, None, 0, ())
    plans = plan_relays(["kafka://user:horse@broker:9092", "amqps://user:horse@rabbit"], settings)
    relays = list(zip(plans, (RelayState.PASSING_ON, RelayState.WAITING), strict=True))
    console.print(panel(settings, "redis://127.0.0.1:6390/0", [], status, relays))
    shown = console.export_text() + running(settings, "redis://127.0.0.1:6390/0", [], status, relays)
    assert "Relay     kafka://broker:9092 (kafka): passes the feed on" in shown
    assert "Relay     amqps://rabbit (rabbitmq-exchange): waits for the broker" in shown
    assert "; relay kafka to kafka://broker:9092: passes the feed on; relay rabbitmq-exchange to amqps://" in shown
    assert "horse" not in shown
