"""The state machine of the feed with a lease, which may be lost, or go back to an earlier state, alone."""

from collections import defaultdict
from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.support.feed_machine import SPOOL_TICKS, FeedMachine, origin
from tests.support.writer import Writer
from tickql.feed.codec import decode_tick
from tickql.feed.scripts import LeaseVerdict
from tickql.feed.spool import Spool


class LeasedMachine(FeedMachine):
    """The same with a lease, which lies on a server of its own: it may be lost, or go back to an earlier state, alone.

    Who opened the symbol with a newer fence shuts out all earlier writers, whatever the lease, the writers and the
    server do.
    """

    def __init__(self, client: Any) -> None:
        super().__init__(client)
        self.fences: defaultdict[int, set[int]] = defaultdict(set)
        """The fences of each writer, by its number."""

    def new_writer(self) -> Writer:
        """A standby that takes an expired lease."""
        # Redis's clock must pass the newest fence: fences rise with that clock.
        while _server_time_ms(self.server.client) <= max((writer.fence for writer in self.writers), default=0):
            pass
        self.server.expire_lease()
        writer = Writer(self.server, next(self.numbers), 0, Spool("ES", SPOOL_TICKS), needs_lease=True)
        assert self.ask_lease(writer) is LeaseVerdict.HELD
        return writer

    def ask_lease(self, writer: Writer) -> LeaseVerdict:
        verdict = writer.apply_lease(writer.lease_call()())
        self.fences[writer.number].add(writer.fence)
        return verdict

    def work(self, writer: Writer, outcome: str) -> None:
        if writer.holds_lease or writer not in self.writers:
            super().work(writer, outcome)
        elif outcome == "answered":
            if self.ask_lease(writer) is LeaseVerdict.FENCED:
                self.stop(writer)
        elif outcome == "reply lost":
            writer.lease_call()()
        else:
            self.delayed.append(writer.lease_call())

    def publish(self, call: "partial[Any]") -> Any:
        fence = int(self.server.client.hget(self.server.all_keys[0], "fence") or 0)
        published = len(self.messages)
        reply = super().publish(call)
        for payload in self.messages[published:]:
            assert fence in self.fences[origin(decode_tick(payload))[0]], "written with the fence of another writer"
        return reply

    @rule()
    def the_lease_is_deleted(self) -> None:
        self.server.delete(self.server.lease)

    @rule(lost_writes=st.integers(1, 6), data=st.data())
    def the_lease_goes_back_and_a_writer_renews_it(self, lost_writes: int, data: st.DataObject) -> None:
        """As after a failover of its server, to a replica that lacks the newest changes."""
        self.server.restore_lease(lost_writes)
        writer = data.draw(st.sampled_from(self.writers))
        writer.holds_lease = False
        for _ in range(3):
            self.work(writer, "answered")

    @rule()
    def the_newest_writer_renews_its_lease(self) -> None:
        self.newest.holds_lease = False
        self.work(self.newest, "answered")


def _server_time_ms(client: Any) -> int:
    seconds, micros = client.time()
    return int(seconds) * 1000 + int(micros) // 1000
