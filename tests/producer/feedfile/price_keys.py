"""A feed file with one price, whose keys a test writes."""

from pathlib import Path

from tickql.producer.feedfile.feed_file import FeedFile

PAGE = '[page]\nurl = "https://example.test/board"\n'
WHOLE = 'whole = ".w", fraction = ".f"'


def feed(keys: str, rule_keys: str = "", place: str = 'selector = "#a"') -> FeedFile:
    return FeedFile.parse(
        f'{PAGE}[[symbol]]\nname = "ES"\nask = {{ {place}{keys and ", " + keys} }}\n{rule_keys}\n', Path("my.toml")
    )
