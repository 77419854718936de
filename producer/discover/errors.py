"""The errors of `tickql discover`.

ProducerError
└── DiscoverError    the page does not load, or shows no prices; one line that says what was there instead
"""

from tickql.producer.errors import ProducerError


class DiscoverError(ProducerError):
    """No prices were discovered. The message is one line: what was there instead, and what may help."""
