"""What `tickql up` prints once it stands."""

from io import StringIO

from rich.console import Console

from tickql.cli.panel import panel
from tickql.cli.settings import Settings
from tickql.feed.health import FeedState, FeedStatus


def test_what_is_wrong_stands_there_as_it_was_said() -> None:
    console = Console(width=200, record=True, file=StringIO())
    said = """my: [[table]] #1: rows "tr[data-symbol]" matches nothing (on '[/b] [red]x' at http://[::1]/)"""
    status = FeedStatus(FeedState.STALE, said, 0, ())
    console.print(panel(Settings(port=8010), "redis://127.0.0.1:6390/0", ["http://[::1]/?q[a]=b"], status))
    shown = console.export_text()
    assert said in shown
    assert "http://[::1]/?q[a]=b" in shown
    assert "tickql is stale: 0 of 0 symbols tick" in shown
    assert "watch --url http://127.0.0.1:8010/graphql" in shown
