"""The keys behind an address: a JWKS endpoint, which the issuer of the tokens rotates."""

import asyncio
import logging
import ssl
import time
from collections.abc import Callable

import httpx

from tickql.api.access.verification_keys import Keys, parse_keys
from tickql.api.errors import KeysAway

logger = logging.getLogger("tickql.api")
# It would log each request; a fetch that fails is logged here.
logging.getLogger("httpx").setLevel(logging.WARNING)

_FETCH_S = 3.0
"""Deadline for a whole answer: a client waits for it, and has 5 s for its `connection_init`."""
_FRESH_S = 300.0
"""How long fetched keys are used without a look whether they have changed."""
_RETRY_S = 10.0
"""The least time between two fetches. Tokens with invented key ids cause no more."""
_MAX_BYTES = 256 * 1024
_HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity"}


class AddressKeys:
    """The keys behind an address. They are fetched when they are needed, and kept. Each worker process has its own.

    They are fetched again each `_FRESH_S`, and for a token that names an unknown key. While the address does not
    answer, the keys before stay in use.
    """

    def __init__(self, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._clock = clock
        self._keys: Keys = ()
        self._fetched_s = self._tried_s = float("-inf")
        self._fetching: asyncio.Task[None] | None = None

    @property
    def current(self) -> Keys | None:
        """The keys, unless it is time to fetch them."""
        now_s = self._clock()
        return None if self._are_old(now_s) and self._may_fetch(now_s) else self._keys

    async def keys(self, key_id: str | None) -> Keys:
        """Return the keys, fetched if need be.

        Raises:
            KeysAway: the address has never answered with a usable key.
        """
        now_s = self._clock()
        is_known = key_id is None or any(key.key_id in (key_id, None) for key in self._keys)
        if (self._are_old(now_s) or not is_known) and self._may_fetch(now_s):
            self._tried_s = now_s
            self._fetching = asyncio.create_task(self._fetch(), name="JWT keys")
        # Keys that are merely old are used meanwhile. All that wait share one answer.
        if self._fetching is not None and (not self._keys or not is_known):
            await asyncio.shield(self._fetching)
        if not self._keys:
            raise KeysAway
        return self._keys

    def _are_old(self, now_s: float) -> bool:
        return not self._keys or now_s - self._fetched_s > _FRESH_S

    def _may_fetch(self, now_s: float) -> bool:
        return self._fetching is None and now_s - self._tried_s > _RETRY_S

    async def _fetch(self) -> None:
        try:
            async with asyncio.timeout(_FETCH_S):
                self._keys = parse_keys(await _get(self._url))
            self._fetched_s = self._clock()
        except TimeoutError:
            logger.error("the JWT keys of %s cannot be used: no whole answer within %g s", self._url, _FETCH_S)
        except (OSError, ValueError, httpx.HTTPError, httpx.InvalidURL) as error:
            logger.error("the JWT keys of %s cannot be used: %s", self._url, error)
        finally:
            self._fetching = None


async def _get(url: str) -> str:
    # The CAs of the system, to which a company adds its own. Reading them takes some 20 ms.
    trusted = await asyncio.to_thread(ssl.create_default_context)
    async with (
        # Without a timeout of its own: `_fetch` has one for all of it.
        httpx.AsyncClient(verify=trusted, timeout=None) as client,
        client.stream("GET", url, headers=_HEADERS) as answer,
    ):
        # Keys come from the address that was set, and from no other.
        if answer.next_request is not None:
            raise OSError(f"it redirects to {str(answer.next_request.url)[:200]!r}: set that address")
        answer.raise_for_status()
        text = b""
        async for part in answer.aiter_raw():
            text += part
            if len(text) > _MAX_BYTES:
                raise OSError("its answer is too large")
    return text.decode()
