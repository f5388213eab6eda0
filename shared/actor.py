"""The actor of a command: a signed-in user. Every entry point passes one to the commands it calls."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from shared.clock import monotonic
from shared.contract.api_tokens import Audience, TokenScope
from shared.contract.details.activity import Via
from shared.contract.shapes import (
    SiteRole,
)
from shared.ids import ListId, SessionId, ShareLinkId, StreamId, UserId, user_stream

# A revoked session must be dead within a second everywhere; half of that is left for the rest.
CACHE_SECONDS = 0.5
# About 3 MB at 700 bytes a token. Entries are valid for half a second, so a full cache is emptied.
MAX_CACHED_ACTORS = 4096


@dataclass(frozen=True)
class Grant:
    """What an API token lets its holder do, within the rights of the account. None: all lists.

    `audience` is where alone the access token of a connected application works; None for a token that
    the user made, which works everywhere.
    """

    scope: TokenScope
    list_ids: frozenset[ListId] | None = None
    audience: Audience | None = None


@dataclass(frozen=True)
class Actor:
    """An active, verified account that is signed in or presents an API token; or a guest.

    `is_mail` is True for the sender of a mail to a list. `session_id` is the id of the token for a token,
    which has a `grant`, the id of the external identity for an actor that a trusted issuer signed in, and
    `user_id` for a guest, who came by the share link `link_id`. `address` is the caller's IP address, for
    the audit.
    """

    user_id: UserId
    name: str
    session_id: SessionId
    site_role: SiteRole = SiteRole.USER
    address: str = ""
    time_zone: str = "UTC"
    grant: Grant | None = None
    is_external: bool = False
    has_second_factor: bool = False
    link_id: ShareLinkId | None = None
    is_mail: bool = False

    @property
    def via(self) -> Via | None:
        """Return by which other way than a page of the site the actor came, for the activity of a list."""
        if self.grant is not None:
            return "api_token" if self.grant.audience is None else "application"
        return "mail" if self.is_mail else None

    @property
    def may_write(self) -> bool:
        return self.grant is None or self.grant.scope is not TokenScope.READ

    def works_at(self, audience: Audience | None) -> bool:
        """Return False for an access token that was issued for another part of the site."""
        return self.grant is None or self.grant.audience in (None, audience)

    @property
    def is_guest(self) -> bool:
        return self.link_id is not None

    @property
    def is_restricted(self) -> bool:
        """Return True for an API token that reaches some lists only."""
        return self.grant is not None and self.grant.list_ids is not None


@dataclass(frozen=True)
class Bearer:
    """Whom a live credential speaks for. `expires_at` is in seconds since 1970."""

    actor: Actor
    expires_at: int


class ActorCache:
    """The actors that this process authenticated within CACHE_SECONDS, by credential.

    It spares most requests a query. A change of a user that this process commits is seen at once, a
    change that another process commits after CACHE_SECONDS.

    A removal can come between the read of an actor and `add`. So the caller takes the `generation`
    before it reads, and `add` drops what was read before the user's last removal.
    """

    def __init__(self) -> None:
        self.generation = 0
        self._entries: dict[str, tuple[Bearer, float]] = {}
        self._credentials: defaultdict[StreamId, set[str]] = defaultdict(set)
        # The generation of each user's last removal; of every user's at least `_oldest`.
        self._removals: dict[StreamId, int] = {}
        self._oldest = 0

    @property
    def remembered_removals(self) -> int:
        return len(self._removals)

    def find(self, credential: str) -> Bearer | None:
        """Return whom the credential speaks for, which may have expired since."""
        entry = self._entries.get(credential)
        if entry is None or entry[1] < monotonic():
            return None
        return entry[0]

    def add(self, credential: str, bearer: Bearer, *, since: int) -> None:
        """Add what was read after the generation `since`, unless it has been removed since then."""
        stream = user_stream(bearer.actor.user_id)
        if self._removals.get(stream, self._oldest) > since:
            return
        if len(self._entries) >= MAX_CACHED_ACTORS:
            self._entries.clear()
            self._credentials.clear()
        self._entries[credential] = (bearer, monotonic() + CACHE_SECONDS)
        self._credentials[stream].add(credential)

    def remove(self, streams: Iterable[StreamId]) -> None:
        """Remove the users whose own streams are among `streams`: something about them changed."""
        for stream in streams:
            self.generation += 1
            if len(self._removals) >= MAX_CACHED_ACTORS:
                # Reads that are under way are then not cached, whatever user they are of.
                self._removals.clear()
                self._oldest = self.generation
            self._removals[stream] = self.generation
            for credential in self._credentials.pop(stream, ()):
                self._entries.pop(credential, None)
