"""Parts of feed files, which tests put together and change."""

PAGE = '[page]\nurl = "https://example.test/board"\n'
ES = '[[symbol]]\nname = "ES"\nask = "#es .ask"\n'
TABLE = '[[table]]\nrows = "tbody tr"\nsymbol = "td.symbol"\nask = ".ask"\n'
LABELLED = (
    '[[labelled]]\nbox = ".info-column"\nlabel = "small.text-muted"\nvalue = ".number"\n'
    'labels = { ask = "ASK", bid = "BID", last = "LAST" }\nsymbol = "NQ"\n'
)
HEADER = TABLE.replace('ask = ".ask"', 'ask = { header = "Ask" }')
