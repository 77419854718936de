"""What was read of each price of a page, with the place of the price in the picture. No I/O."""

import asyncio
from collections.abc import Mapping

from tickql.feed.page_view import Box, FieldView
from tickql.feed.status import ProducerState
from tickql.producer.browser.secrets import Secrets, mask_secrets
from tickql.producer.errors import excerpt
from tickql.producer.inspect.inspection import FieldFinding, field_findings
from tickql.producer.view.page_geometry import PageGeometry
from tickql.producer.view.rectangle import Rectangle
from tickql.producer.watch.feed_source import FeedSource

_MAX_FIELDS = 2_000
"""Prices in one view: half a megabyte of JSON. Those with a fault come first, then those in the picture."""
_TEXT_CHARACTERS = 120
_TURN_FIELDS = 200
"""Prices after which other tasks get a turn."""

_Place = tuple[int, str, str]


async def field_views(
    source: FeedSource, geometry: PageGeometry, secrets: Secrets
) -> tuple[tuple[FieldView, ...], int]:
    """Return what was read of each price, and how many prices are left out."""
    report = source.page_status.latest_report
    if report is None:
        return (), 0
    places = _places(source, geometry)
    views = []
    for count, finding in enumerate(field_findings(source, report, {}), 1):
        views.append(_view(source, finding, places, geometry, secrets))
        if count % _TURN_FIELDS == 0:
            await asyncio.sleep(0)
    kept = sorted(views, key=_rank)[:_MAX_FIELDS]
    return tuple(kept), len(views) - len(kept)


def _rank(view: FieldView) -> int:
    if view.state is not ProducerState.LIVE:
        return 0
    return 1 if view.box is not None else 2


def _places(source: FeedSource, geometry: PageGeometry) -> dict[_Place, Rectangle]:
    """The boxes by rule, symbol and price. The page may write symbols differently (see `SymbolTexts`)."""
    texts = source.quote_builder.symbol_texts
    rules = len(source.feed.rules)
    places: dict[_Place, Rectangle] = {}
    for (rule, text, price), box in geometry.boxes.items():
        # The index comes from the process of the page, which is not trusted.
        symbol = texts.read(rule, text).symbol if 0 <= rule < rules else None
        if symbol is not None:
            places.setdefault((rule, symbol, price), box)
    return places


def _view(
    source: FeedSource,
    finding: FieldFinding,
    places: Mapping[_Place, Rectangle],
    geometry: PageGeometry,
    secrets: Secrets,
) -> FieldView:
    box = places.get((finding.rule, finding.symbol, finding.field))
    seen = None if box is None else box.within(geometry.width, geometry.height)
    state = source.quote_builder.symbols.get(finding.symbol)
    return FieldView(
        symbol=finding.symbol,
        field=finding.field,
        selector=finding.selector,
        box=None if seen is None else Box(x=seen.x, y=seen.y, width=seen.width, height=seen.height),
        text=None if finding.raw is None else excerpt(mask_secrets(finding.raw, secrets), _TEXT_CHARACTERS),
        price=finding.price,
        observed_us=None if state is None else state.changed_us(finding.field),
        state=finding.state,
        reason=None if finding.reason is None else mask_secrets(finding.reason, secrets),
    )
