"""Selectors for the elements of an outline, chosen so that they still match after the page's next release. No I/O.

May import: `discover.page`.
"""

__all__ = ["compounds", "selector", "selector_search"]
