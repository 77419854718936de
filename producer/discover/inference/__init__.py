"""The inference of discovery: from outlines and messages to rules. Pure functions, no I/O.

The steps: `figures` (places with one number), `roles` (which price a figure is), `units` (the prices of one symbol),
`group_symbols` and `unit_symbol` (the symbol's name), `notation` (the number format), `field_selectors`, and
`price_search`, which runs them. `documents` and `records` do the same for messages.

May import: `discover.page`, `discover.selectors`, `feedfile`, `prices`, `streams`, `errors`.
"""

__all__ = ["diagnosis", "documents", "findings", "price_search", "records"]
