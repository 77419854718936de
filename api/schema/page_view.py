"""What a producer sees of its page, as GraphQL types. For operators."""

from typing import Self

import strawberry

from tickql.api.fanout.feed_file_json import ViewOfSource
from tickql.api.schema.feed_files import PageState
from tickql.api.schema.scalars import Instant, Price
from tickql.feed import page_view as feed


@strawberry.type(description="A rectangle of the picture, in CSS pixels from its upper left corner.")
class Box:
    """GraphQL type of `tickql.feed.page_view.Box`."""

    x: float
    y: float
    width: float
    height: float


@strawberry.type(description="One price of one symbol: where it is on the page, and what was read there.")
class FieldView:
    """GraphQL type of `tickql.feed.page_view.FieldView`."""

    symbol: str
    field: str = strawberry.field(description="`ask`, `bid` or `last`.")
    selector: str = strawberry.field(description="The selector in use, or the expression that picks it from a stream.")
    box: Box | None = strawberry.field(
        description="Around the element that is read; null if there is none in the picture, or it has just moved."
    )
    text: str | None = strawberry.field(description="What the page shows there; null if nothing was read.")
    price: Price | None = strawberry.field(description="The price in that text; null if there is none.")
    observed_at: Instant | None = strawberry.field(
        description="When the page showed the newest change of this price; null if no tick has had one."
    )
    state: PageState
    reason: str | None = strawberry.field(description="Why the price is not live, as a sentence; null if it is.")

    @classmethod
    def from_view(cls, view: feed.FieldView) -> Self:
        """Convert what was read of a price."""
        box, observed_us = view.box, view.observed_us
        return cls(
            symbol=view.symbol,
            field=view.field,
            selector=view.selector,
            box=None if box is None else Box(x=box.x, y=box.y, width=box.width, height=box.height),
            text=view.text,
            price=None if view.price is None else Price(view.price),
            observed_at=None if observed_us is None else Instant(observed_us),
            state=PageState[view.state.name],
            reason=view.reason,
        )


@strawberry.type(description="A picture of what the producer's browser shows, down to the end of its window.")
class Picture:
    """Where a picture is, and its size."""

    url: str = strawberry.field(
        description="Address of the JPEG, relative to the root of this server. Valid for a minute, or until the next "
        "picture; it needs the same token."
    )
    width: int = strawberry.field(description="In CSS pixels: the JPEG may have more or less of its own.")
    height: int
    covered: int = strawberry.field(description="Places that are covered, because they hold or may hold a secret.")


@strawberry.type(description="What the producer of a feed file sees of its page at one moment.")
class PageView:
    """GraphQL type of `tickql.feed.page_view.PageView`."""

    problem: str | None = strawberry.field(description="Why there is no picture, as a sentence for people.")
    taken_at: Instant | None = strawberry.field(description="When the picture was taken; null without one.")
    page: str | None = strawberry.field(description="Title and address of the page, without the query of the address.")
    picture: Picture | None
    fields: list[FieldView] = strawberry.field(description="Each price. Those that are not live come first.")
    left_out: int = strawberry.field(description="Prices that are not in `fields`, because there are too many.")

    @classmethod
    def from_view(cls, of: ViewOfSource) -> Self:
        """Convert what the producer of a source has seen."""
        view = of.view
        if view is None:
            return cls(problem=of.problem, taken_at=None, page=None, picture=None, fields=[], left_out=0)
        return cls(
            problem=of.problem,
            taken_at=Instant(view.taken_us),
            page=view.page,
            picture=Picture(url=of.picture_url, width=view.width, height=view.height, covered=view.covered),
            fields=[FieldView.from_view(each) for each in view.fields],
            left_out=view.left_out,
        )
