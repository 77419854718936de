"""The explanation for a page without prices: what is there instead, and what may help. No I/O."""

from collections.abc import Sequence

from tickql.producer.discover.inference.figures import figures_of
from tickql.producer.discover.page.outline import Outline
from tickql.producer.errors import excerpt
from tickql.producer.prices.seen_text import plain_words

LOG_IN = "save one with `tickql login`, and pass it with --storage-state"


def diagnose(outlines: Sequence[Outline], url: str) -> str:
    """Return one line about a page without prices. `url`: the address that was asked for."""
    if not outlines:
        return "no prices found: the page was closed while it was watched"
    top = outlines[0]
    redirect = (
        f" (it leads to {excerpt(top.url, 100)})"
        if top.url.partition("#")[0].rstrip("/") != url.partition("#")[0].rstrip("/")
        else ""
    )
    if any(outline.asks_password for outline in outlines):
        return f"needs a login{redirect}: it asks for a password and shows no prices before; {LOG_IN}"
    return f"no prices found{redirect}; seen instead: {_seen(outlines)}"


def _seen(outlines: Sequence[Outline]) -> str:
    seconds = f"in {outlines[0].seconds:.0f} s"
    changing = [figure for outline in outlines for figure in figures_of(outline) if figure.spot.changes]
    if changing:
        samples = ", ".join(plain_words(figure.spot.newest) for figure in changing[:5])
        unknown = "but neither labels nor names say which is ask, bid or last, or of which symbol"
        return f"{len(changing)} numbers changed {seconds} ({samples}), {unknown}"
    if any(outline.canvases for outline in outlines):
        return "a canvas, whose text cannot be read: its data may come by WebSocket, see docs/feed-file.md"
    numbers = sum(len(figures_of(outline)) for outline in outlines)
    texts = [text for outline in outlines for text in outline.other_texts]
    longs = [text for outline in outlines for text in outline.long_texts]
    if longs:
        count = f"{len(longs)} texts with numbers changed" if len(longs) > 1 else "a text with numbers changed"
        return f"{count} {seconds}, but longer than 60 characters, such as {longs[0]!r}: too long for a price"
    moving = [spot for outline in outlines for spot in outline.spots if spot.changes and spot.texts]
    other = sorted({plain_words(spot.newest) for spot in moving}, key=len)
    if other or texts:
        return f"only texts that are not prices changed {seconds} (such as {([*other, *texts])[0]!r:.60})"
    if numbers:
        return f"{numbers} numbers, and none changed {seconds}: is the market closed? Try --seconds 60"
    return f"no numbers, and nothing changed {seconds}"
