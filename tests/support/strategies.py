"""What the property tests draw from: any valid quote, tick and cursor, and any JSON."""

from hypothesis import settings
from hypothesis import strategies as st

from tickql.feed.tick import MAX_MERGED, MAX_UNIX_US, Cursor, Quote, Tick

BOUNDED = settings(deadline=None, derandomize=True, max_examples=80)
"""The same examples at each run, and no deadline: the machine is shared."""

symbols = st.from_regex(r"[A-Za-z0-9._\-/=^:]{1,32}", fullmatch=True)
prices = st.none() | st.from_regex(r"-?[0-9]{1,30}(\.[0-9]{1,30})?", fullmatch=True)
microseconds = st.integers(0, MAX_UNIX_US)
cursors = st.builds(Cursor, symbols, st.integers(1, 10**16 - 1), st.integers(0, 10**16 - 1))
merged = st.just(0) | st.integers(0, MAX_MERGED)
quotes = st.builds(Quote, symbol=symbols, ask=prices, bid=prices, last=prices, observed_us=microseconds, merged=merged)
ticks = st.builds(
    Tick,
    cursor=cursors,
    ask=prices,
    bid=prices,
    last=prices,
    observed_us=microseconds,
    published_us=microseconds,
    merged=merged,
    message=st.just(b""),
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
