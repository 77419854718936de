"""The feed file: the TOML that says which page to watch and where its prices are.

This room holds the sections, rules and selectors of a feed file, and the error messages for mistakes in it. It reads
files and opens no page. What the page's observer makes of a rule belongs in `capture`, the parsing of a price text
into `prices`. May import: `tickql.feed`, `producer.errors`, `producer.prices`.
"""

__all__ = [
    "access_settings",
    "addresses",
    "exact_json",
    "feed_file",
    "framing",
    "jmespath_expression",
    "json_number",
    "login_settings",
    "markers",
    "page_settings",
    "page_steps",
    "price_fields",
    "rules",
    "sanity",
    "selectors",
    "stream_rules",
    "symbol_owners",
    "validation_errors",
]
