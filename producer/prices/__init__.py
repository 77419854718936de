"""The text of a price, parsed to an exact decimal text.

This room holds number formats, fractions, the characters that pages put around a number, and the pieces of a text.
All of it is pure: no I/O, no state. Where a price is on a page belongs in `feedfile`, the last price of a field into
`quotes`. May import: `tickql.feed` (what a feed accepts as a price) and `producer.errors`.
"""

__all__ = ["decimals", "page_text", "price_format", "seen_text"]
