"""The panel that `tickql up` prints when it runs: all addresses, and the fault if there is one."""

from collections.abc import Sequence

from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from tickql.cli.program_name import program_name
from tickql.cli.relays import RelayPlan, RelayState
from tickql.cli.settings import Settings
from tickql.feed.health import FeedState, FeedStatus
from tickql.feed.server_address import without_password

Relays = Sequence[tuple[RelayPlan, RelayState]]


def running(settings: Settings, redis_url: str, pages: Sequence[str], status: FeedStatus, relays: Relays) -> str:
    """Return the same in one line, for the log."""
    graphql = f"http://{settings.host}:{settings.port}/graphql"
    trouble = f": {status.reason}" if status.reason else ""
    return (
        f"tickql is {status.state.lower()}{trouble}; GraphQL at {graphql}, Redis at {without_password(redis_url)}, "
        f"pages: {', '.join(pages)}"
        + "".join(f"; relay {plan.name} to {plan.address}: {state}" for plan, state in relays)
    )


def board_address(settings: Settings) -> str:
    """Return the address of the board for a browser on this machine."""
    # An address that stands for all of the machine's own.
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}/"


def panel(settings: Settings, redis_url: str, pages: Sequence[str], status: FeedStatus, relays: Relays) -> Panel:
    """Return the panel: the addresses of all parts, and a subscription to a symbol that ticks. `pages`: their URLs."""
    ticking = [each.symbol for each in status.symbols if each.state is FeedState.LIVE]
    symbol = "ES" if "ES" in ticking or not ticking else ticking[0]
    graphql = f"http://{settings.host}:{settings.port}/graphql"
    lines = [
        ("Board", board_address(settings)),
        ("GraphiQL", graphql),
        ("GraphQL", f'subscription {{ ticks(symbol: "{symbol}") {{ timestamp ask bid last }} }}'),
        ("Terminal", f"{program_name()} watch" + ("" if settings.port == 8000 else f" --url {graphql}")),
        ("Redis", f"redis-cli -u {without_password(redis_url)} SUBSCRIBE {settings.namespace}"),
        *(("Page", url) for url in pages),
        *(("Relay", f"{plan.address} ({plan.name}): {state}") for plan, state in relays),
        ("Stop", "Ctrl-C"),
    ]
    if status.reason:
        lines.append(("Trouble", status.reason))
    table = Table.grid(padding=(0, 2))
    for name, line in lines:
        # A `Text`, not a `str`: text of a page may look like markup of rich.
        table.add_row(name, Text(line))
    title = f"tickql is {status.state.lower()}: {len(ticking)} of {len(status.symbols)} symbols tick"
    return Panel(table, title=title, title_align="left", expand=False)
