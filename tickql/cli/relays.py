"""The relays of `tickql up`: their addresses, checked before anything is started."""

from collections.abc import Sequence

from tickql.cli.errors import TickqlError
from tickql.feed.settings import FeedSettings
from tickql.relay.address import SinkAddress
from tickql.relay.settings import RelaySettings
from tickql.relay.sink import RelayContext
from tickql.relay.sinks import create_sink


def check_relays(addresses: Sequence[str], settings: FeedSettings) -> None:
    """Check that each address can be used, and that no two relays have the same name.

    Raises:
        RelayError: an address cannot be used, or its library is not installed.
        TickqlError: two relays have the same name.
    """
    names = set()
    for address in addresses:
        own = RelaySettings(to=address)
        parsed = SinkAddress.parse(own.to, own.user, own.password)
        create_sink(parsed, RelayContext(parsed.scheme, settings))
        if parsed.scheme in names:
            remedy = "run the second one beside it, with a name: tickql relay --to URL --name NAME"
            raise TickqlError(f"two relays to {parsed.scheme}:// would have the same name: {remedy}")
        names.add(parsed.scheme)


def relay_process_name(address: str) -> str:
    """Return the name of a relay's process in messages and of its log file."""
    return f"relay {SinkAddress.parse(address).scheme}"
