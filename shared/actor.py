"""Who acts. Every command is given one, by whichever door the wish came through."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from shared.clock import monotonic
from shared.contract.shapes import SiteRole
from shared.ids import SessionId, StreamId, UserId, user_stream

# A revoked session must be dead within a second everywhere; half of that is left for the rest.
REMEMBERED_SECONDS = 0.5
# About 3 MB at 700 bytes a token. Entries live for half a second, so a full memory is emptied.
MOST_REMEMBERED = 4096


@dataclass(frozen=True)
class Actor:
    """A signed-in, active, verified account. `address` is where the wish came from, for the audit."""

    user_id: UserId
    name: str
    session_id: SessionId
    site_role: SiteRole = SiteRole.USER
    address: str = ""


class RecentActors:
    """Whom this process authenticated a moment ago, by credential. Spares most requests a query.

    What this process commits about a person is known here at once; what another process commits,
    after REMEMBERED_SECONDS.
    """

    def __init__(self) -> None:
        self._remembered: dict[str, tuple[Actor, int, float]] = {}
        self._of_person: defaultdict[StreamId, set[str]] = defaultdict(set)

    def find(self, credential: str) -> tuple[Actor, int] | None:
        """Returns the actor and when the credential expires, in seconds since 1970."""
        found = self._remembered.get(credential)
        if found is None or found[2] < monotonic():
            return None
        return found[0], found[1]

    def remember(self, credential: str, actor: Actor, expires_at: int) -> None:
        if len(self._remembered) >= MOST_REMEMBERED:
            self._remembered.clear()
            self._of_person.clear()
        self._remembered[credential] = (
            actor,
            expires_at,
            monotonic() + REMEMBERED_SECONDS,
        )
        self._of_person[user_stream(actor.user_id)].add(credential)

    def forget(self, streams: Iterable[StreamId]) -> None:
        """Whoever's own stream is among `streams` is asked for again: something about them changed."""
        for stream in streams:
            for credential in self._of_person.pop(stream, ()):
                self._remembered.pop(credential, None)
