"""Keep the public keys of trusted issuers, and fetch them when they are needed.

    known key, fetched within an hour      used at once, without a request
    older, or a key that is not known      fetched first; at most every 60 s, by one caller for all
    the issuer does not answer             known keys work until they are a day old

No redirect is followed: the operator names the address, and nobody else.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from shared.clock import monotonic
from shared.errors import Unavailable
from shared.issuer_keys.fetching import FETCH_ERRORS, fetch, reason
from shared.issuer_keys.json_web_keys import PublicKey, parse_key_set

# A withdrawn key is refused after an hour at the latest.
REFRESH_SECONDS = 3600
# An issuer that is down for a night signs nobody out. Longer, and a withdrawn key would work for days.
MAX_AGE_SECONDS = 24 * 3600
# Anybody can send a token with a `kid` of their invention: that must not become a flood of requests.
MIN_INTERVAL_SECONDS = 60
# A request waits for the keys; an issuer that is well answers in a tenth of a second.
FETCH_SECONDS = 3
# Thirty keys with their certificates are half of it.
MAX_BODY_BYTES = 64 * 1024

_NEVER = float("-inf")

log = logging.getLogger(__name__)


class KeySource(Protocol):
    """An issuer: what logs call it, and where its public keys are. Hashable."""

    @property
    def name(self) -> str: ...

    @property
    def jwks_url(self) -> str: ...


@dataclass
class _IssuerKeys:
    """The keys of one issuer as last fetched. Times are in monotonic seconds."""

    keys: Mapping[str, PublicKey] = field(default_factory=lambda: MappingProxyType({}))
    fetched_at: float = _NEVER
    attempted_at: float = _NEVER
    has_failed: bool = False
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class IssuerKeys:
    """The keys of all issuers, as one process knows them."""

    def __init__(self) -> None:
        self._by_issuer: defaultdict[KeySource, _IssuerKeys] = defaultdict(_IssuerKeys)

    async def find(self, issuer: KeySource, kid: str) -> PublicKey | None:
        """Return the key that the issuer publishes under `kid`; None if it publishes no such key.

        Raise Unavailable if that is not known, because the issuer does not answer.
        """
        known = self._by_issuer[issuer]
        if _needs_fetch(known, kid):
            async with known.lock:
                # Another caller may have fetched, or failed to, while this one waited.
                if _needs_fetch(known, kid) and _wait_seconds(known) <= 0:
                    await _refresh(known, issuer)
        is_too_old = monotonic() - known.fetched_at > MAX_AGE_SECONDS
        key = None if is_too_old else known.keys.get(kid)
        if key is None and (is_too_old or known.has_failed):
            raise Unavailable(
                "The sign-in service that issued this token does not answer. Try again soon.",
                max(1, round(_wait_seconds(known))),
            )
        return key


def _needs_fetch(known: _IssuerKeys, kid: str) -> bool:
    return kid not in known.keys or monotonic() - known.fetched_at > REFRESH_SECONDS


def _wait_seconds(known: _IssuerKeys) -> float:
    """Return in how many seconds the keys may be fetched again; 0 or less: now."""
    return known.attempted_at + MIN_INTERVAL_SECONDS - monotonic()


async def _refresh(known: _IssuerKeys, issuer: KeySource) -> None:
    """Replace the keys by those that the issuer publishes now; keep them if it does not answer."""
    before, known.attempted_at = known.attempted_at, monotonic()
    try:
        async with asyncio.timeout(FETCH_SECONDS):
            keys = parse_key_set(await fetch(issuer.jwks_url, max_bytes=MAX_BODY_BYTES))
    except asyncio.CancelledError:
        # The caller is gone, which says nothing about the issuer: the next caller tries.
        known.attempted_at = before
        raise
    except FETCH_ERRORS as error:
        known.has_failed = True
        log.warning("the keys of issuer %s cannot be fetched: %s", issuer.name, reason(error))
    else:
        known.keys, known.fetched_at, known.has_failed = keys, monotonic(), False
