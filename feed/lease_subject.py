"""What a lease is for: the right to publish a source, or to run a relay."""

from collections.abc import Sequence
from dataclasses import dataclass

from tickql.feed.keys import Keys
from tickql.feed.rights import Right, producer_rights, relay_rights


@dataclass(frozen=True, slots=True)
class LeaseSubject:
    """The key of a lease, the rights in Redis that its holder needs, and the words of the log."""

    key: str
    rights: Sequence[Right]
    holder: str
    """The holder: "the producer of board"."""
    kind: str
    """What else may hold it: "producer"."""
    name: str
    """What is held: "board"."""
    state: str
    """What its holder does with it: "produced"."""

    @classmethod
    def source(cls, keys: Keys, source: str) -> "LeaseSubject":
        """The right to write the ticks of a source."""
        key = keys.lease(source)
        return cls(key, producer_rights(keys, key), f"the producer of {source}", "producer", source, "produced")

    @classmethod
    def relay(cls, keys: Keys, name: str) -> "LeaseSubject":
        """The right to work as the relay of this name."""
        key, relay = keys.relay_lease(name), f"relay {name}"
        return cls(key, relay_rights(keys, key), relay, "relay", relay, "run")
