"""A server that needs tokens, with two markets of which a reader may see one."""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.api.conftest import RunApi, RunningApi
from tests.support.market import Market
from tests.support.waiting import DEADLINE_S
from tickql.api.access.grant import Role
from tickql.api.access.sessions import Session, Sessions
from tickql.api.access.symbol_patterns import SymbolPatterns
from tickql.api.access.token_file import TokenFile
from tickql.feed.settings import FeedSettings
from tickql.feed.status import ProducerReport, ProducerState, SymbolReport

COVERED = ("ES", "FX:EUR")
HIDDEN = "NQ"
"""A symbol that exists and that the reader's token does not cover."""
UNKNOWN = "ZZ"
"""A symbol that does not exist, and that the reader's token does not cover either."""


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@dataclass
class Guarded:
    """A server with its token file, and a token of each kind."""

    api: RunningApi
    file: TokenFile
    reader: str
    operator: str

    def issue(self, symbols: str, *, lifetime_s: float | None = None) -> str:
        expires_s = None if lifetime_s is None else int(time.time() + lifetime_s)
        token, _ = self.file.issue(None, SymbolPatterns.parse(symbols), Role.READER, expires_s)
        self.refresh()
        return token

    def revoke(self, token: str) -> None:
        assert self.file.revoke(token.split("_")[1]) is not None
        self.refresh()

    def sessions(self) -> set[Session]:
        """The sessions that are open."""
        sessions: Sessions = self.api.state["sessions"]
        return sessions._sessions

    async def is_held(self, token: str) -> bool:
        """Whether a session has the grant of a token."""
        return any(session.grant.token_id == token.split("_")[1] for session in self.sessions())

    def refresh(self) -> None:
        """Take up changes of the file now: the server does so each second."""
        self.api.state["authenticator"].refresh()
        self.api.state["sessions"].end_invalid()


@pytest.fixture
async def guarded(run_api: RunApi, feed_settings: FeedSettings, tmp_path: Path, market: Market) -> Guarded:
    file = TokenFile(tmp_path / "tokens.json")
    reader, _ = file.issue("reader", SymbolPatterns.parse("ES,FX:*"), Role.READER, None)
    operator, _ = file.issue("operator", SymbolPatterns.parse("*"), Role.OPERATOR, None)
    api = await run_api(feed_settings, token_file=file.path)
    symbols = (*COVERED, HIDDEN)
    for symbol in symbols:
        market.tick(symbol, 3)
    await market.publisher.flush()
    now_us = time.time_ns() // 1000
    # The hidden symbol has a fault, whose state and reason a reader must not see.
    states = {symbol: (ProducerState.LIVE, None) for symbol in COVERED} | {HIDDEN: (ProducerState.STALE, "broken")}
    reports = {
        symbol: SymbolReport(state=state, reason=reason, since_us=now_us) for symbol, (state, reason) in states.items()
    }
    market.publisher.report(
        ProducerReport(
            source="page", state=ProducerState.LIVE, reason=None, since_us=now_us, heard_us=now_us, symbols=reports
        )
    )
    status = api.follower.status()
    async with asyncio.timeout(DEADLINE_S):
        while len(status.symbols) < len(symbols):
            status = await api.follower.wait_for_status_change(status)
    return Guarded(api, file, reader, operator)
