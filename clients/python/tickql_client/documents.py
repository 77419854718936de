"""The GraphQL operations that the client sends."""

_GAP = "gap { after reason lost }"
_TICK = f"symbol cursor seq timestamp publishedAt ask bid last {_GAP}"

TICKS = f"""
subscription Ticks($symbol: String!, $after: ID, $delivery: Delivery!, $maxHz: Float) {{
  ticks(symbol: $symbol, after: $after, delivery: $delivery, maxHz: $maxHz) {{ {_TICK} skipped }}
}}
"""
BOARD = f"""
subscription Board($symbols: [String!], $maxHz: Float!) {{
  board(symbols: $symbols, maxHz: $maxHz) {{ {_TICK} skipped }}
}}
"""
FEED_STATUS = """
subscription FeedStatus {
  feedStatus { state reason since symbols { symbol state reason since lastTickAt } }
}
"""
LAST_PRICES = f"""
query LastPrices($symbols: [String!]) {{
  lastPrices(symbols: $symbols) {{ {_TICK} skipped }}
}}
"""
LAST_PRICE = f"""
query LastPrice($symbol: String!) {{
  lastPrice(symbol: $symbol) {{ {_TICK} skipped }}
}}
"""
HISTORY = f"""
query History(
  $symbol: String!, $first: Int, $after: ID, $last: Int, $before: ID, $from: DateTime, $to: DateTime
) {{
  history(symbol: $symbol, first: $first, after: $after, last: $last, before: $before, from: $from, to: $to) {{
    edges {{ node {{ {_TICK} }} }}
    pageInfo {{ hasPreviousPage hasNextPage }}
    {_GAP}
  }}
}}
"""
