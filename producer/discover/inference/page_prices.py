"""The prices of one frame, also where a text can be read in several ways. No I/O."""

from tickql.producer.discover.inference.findings import Findings
from tickql.producer.discover.inference.labelled_numbers import without_labels
from tickql.producer.discover.inference.price_search import PriceSearch
from tickql.producer.discover.inference.readings import settled_outline
from tickql.producer.discover.page.outline import Outline


def find_prices(outline: Outline, given_format: str | None = None) -> Findings:
    """Return the rules for the prices of one frame. `given_format`: the number format, if the user gives it."""
    outline = without_labels(outline)
    search = PriceSearch(outline, given_format)
    findings = search.run()
    settled, choices = settled_outline(outline, search.doubtful, given_format)
    if not choices:
        return findings
    return PriceSearch(settled, given_format, choices).run()
