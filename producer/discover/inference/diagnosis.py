"""Says what was seen on a page where no prices were found, and what may help. No I/O."""

from collections.abc import Sequence

from tickql.producer.discover.inference.figures import figures_of
from tickql.producer.discover.page.outline import Outline

LOG_IN = "`tickql login` saves one, and --storage-state takes it"


def diagnose(outlines: Sequence[Outline], url: str) -> str:
    """One line."""
    if not outlines:
        return "no prices found: the page went away while it was watched"
    top = outlines[0]
    moved = (
        f" (it leads to {top.url[:100]})"
        if top.url.partition("#")[0].rstrip("/") != url.partition("#")[0].rstrip("/")
        else ""
    )
    if any(outline.password for outline in outlines):
        return f"needs a login{moved}: it asks for a password, and shows no prices before; {LOG_IN}"
    return f"no prices found{moved}; seen instead: {_seen(outlines)}"


def _seen(outlines: Sequence[Outline]) -> str:
    seconds = f"in {outlines[0].seconds:.0f} s"
    changing = [figure for outline in outlines for figure in figures_of(outline) if figure.spot.changes]
    if changing:
        samples = ", ".join(figure.texts[-1] for figure in changing[:5])
        told = "but nothing says which is ask, bid or last, or of what"
        return f"{len(changing)} numbers changed {seconds} ({samples}), {told}"
    if any(outline.canvases for outline in outlines):
        return "a drawing (canvas), in which no text can be read: its data may come by WebSocket, see docs/feed-file.md"
    numbers = sum(len(figures_of(outline)) for outline in outlines)
    texts = [text for outline in outlines for text in outline.others]
    moving = [spot for outline in outlines for spot in outline.spots if spot.changes and spot.texts]
    other = sorted({spot.texts[-1] for spot in moving}, key=len)
    if other or texts:
        return f"only texts that are no prices changed {seconds} (such as {([*other, *texts])[0]!r:.60})"
    if numbers:
        return f"{numbers} numbers, and none changed {seconds}: is the market closed? Try --seconds 60"
    return f"no numbers, and nothing changed {seconds}"
