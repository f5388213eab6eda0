"""The actor of a command: a signed-in user. Every entry point passes one to the commands it calls."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from shared.clock import monotonic
from shared.contract.api_tokens import TokenScope
from shared.contract.shapes import (
    SiteRole,
)
from shared.ids import ListId, SessionId, StreamId, UserId, user_stream

# A revoked session must be dead within a second everywhere; half of that is left for the rest.
CACHE_SECONDS = 0.5
# About 3 MB at 700 bytes a token. Entries are valid for half a second, so a full cache is emptied.
MAX_CACHED_ACTORS = 4096


@dataclass(frozen=True)
class Grant:
    """What an API token lets its holder do, within the rights of the account. None: all lists."""

    scope: TokenScope
    list_ids: frozenset[ListId] | None = None


@dataclass(frozen=True)
class Actor:
    """An active, verified account that is signed in or presents an API token.

    `session_id` is the id of the token for a token, which has a `grant`. `address` is the caller's IP
    address, for the audit.
    """

    user_id: UserId
    name: str
    session_id: SessionId
    site_role: SiteRole = SiteRole.USER
    address: str = ""
    time_zone: str = "UTC"
    grant: Grant | None = None

    @property
    def may_write(self) -> bool:
        return self.grant is None or self.grant.scope is not TokenScope.READ

    @property
    def is_restricted(self) -> bool:
        """Return True for an API token that reaches some lists only."""
        return self.grant is not None and self.grant.list_ids is not None


class ActorCache:
    """The actors that this process authenticated within CACHE_SECONDS, by credential.

    It spares most requests a query. A change of a user that this process commits is seen at once, a
    change that another process commits after CACHE_SECONDS.
    """

    def __init__(self) -> None:
        self._entries: dict[str, tuple[Actor, int, float]] = {}
        self._credentials: defaultdict[StreamId, set[str]] = defaultdict(set)

    def find(self, credential: str) -> tuple[Actor, int] | None:
        """Return the actor and when the credential expires, in seconds since 1970."""
        entry = self._entries.get(credential)
        if entry is None or entry[2] < monotonic():
            return None
        return entry[0], entry[1]

    def add(self, credential: str, actor: Actor, expires_at: int) -> None:
        if len(self._entries) >= MAX_CACHED_ACTORS:
            self._entries.clear()
            self._credentials.clear()
        self._entries[credential] = (actor, expires_at, monotonic() + CACHE_SECONDS)
        self._credentials[user_stream(actor.user_id)].add(credential)

    def remove(self, streams: Iterable[StreamId]) -> None:
        """Remove the users whose own streams are among `streams`: something about them changed."""
        for stream in streams:
            for credential in self._credentials.pop(stream, ()):
                self._entries.pop(credential, None)
