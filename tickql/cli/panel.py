"""What `tickql up` prints once it stands: where to look, and what is wrong if something is."""

from collections.abc import Sequence

from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from tickql.cli.program_name import program_name
from tickql.cli.settings import Settings
from tickql.feed.health import FeedState, FeedStatus


def panel(settings: Settings, redis_url: str, pages: Sequence[str], status: FeedStatus) -> Panel:
    """The addresses of everything, and a subscription to a symbol that ticks. `pages`: their addresses."""
    ticking = [each.symbol for each in status.symbols if each.state is FeedState.LIVE]
    symbol = "ES" if "ES" in ticking or not ticking else ticking[0]
    graphql = f"http://{settings.host}:{settings.port}/graphql"
    lines = [
        ("GraphiQL", graphql),
        ("GraphQL", f'subscription {{ ticks(symbol: "{symbol}") {{ timestamp ask bid last }} }}'),
        ("Terminal", f"{program_name()} watch" + ("" if settings.port == 8000 else f" --url {graphql}")),
        ("Redis", f"redis-cli -u {redis_url} SUBSCRIBE {settings.namespace}"),
        *(("Page", url) for url in pages),
        ("Stop", "Ctrl-C"),
    ]
    if status.reason:
        lines.append(("Trouble", status.reason))
    table = Table.grid(padding=(0, 2))
    for name, line in lines:
        # As it is: what a page says may hold what Rich takes for markup.
        table.add_row(name, Text(line))
    title = f"tickql is {status.state.lower()}: {len(ticking)} of {len(status.symbols)} symbols tick"
    return Panel(table, title=title, title_align="left", expand=False)
