"""What can go wrong while a page is looked at for its prices.

ProducerError
└── DiscoverError    a page without prices to be found, or no page at all; one line that says what was seen
"""

from tickql.producer.errors import ProducerError


class DiscoverError(ProducerError):
    """Nothing was discovered. The message is one line: what was seen instead, and what may help."""
