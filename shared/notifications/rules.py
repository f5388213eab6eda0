"""Which kinds come by which way unless somebody chose otherwise, and what is not worth a row. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from shared.contract.notifications import ChannelsShape, NotificationKind, PreferencesShape
from shared.ids import CommentId, InvitationId, ListId, TodoId, UserId
from shared.zones import instant_of, zone_or_utc

# What a panel shows before somebody scrolls; the rest is fetched in pages.
NEWEST_COUNT = 50
# Older ones nobody looks for; what they were about is still where it was.
RETENTION = timedelta(days=30)
CHANNELS = ("in_app", "mail", "push")
# Before most begin to work.
DIGEST_HOUR = 8

# Mail and a screen that lights up are for what waits for this very person. An invitation and a
# reminder have mails of their own; without a subscribed device nothing is pushed.
_PERSONAL = frozenset(
    {
        NotificationKind.ASSIGNED,
        NotificationKind.MENTIONED,
        NotificationKind.INVITED,
        NotificationKind.REMINDED,
    }
)
DEFAULTS: Mapping[NotificationKind, ChannelsShape] = {
    kind: ChannelsShape(in_app=True, mail=kind in _PERSONAL, push=kind in _PERSONAL)
    for kind in NotificationKind
}
# While one of these is unread, another about the same todo says nothing new: somebody who assigns
# and unassigns all day, or a long conversation, is one line in the panel.
COALESCED_UNTIL_READ = frozenset({NotificationKind.ASSIGNED, NotificationKind.COMMENTED})
# These are mailed together, and only while unread: whoever is here, or comes soon, gets no mail.
MAILED_IN_BATCHES = frozenset(
    {
        NotificationKind.ASSIGNED,
        NotificationKind.MENTIONED,
        NotificationKind.COMMENTED,
        NotificationKind.REMOVED,
    }
)
# One mail a person in each such window at most, however much happens in it.
MAIL_WINDOW = timedelta(minutes=10)
# What happens in the last second of a window may still be read on the screen.
MAIL_GRACE = timedelta(minutes=1)


def mail_schedule(now: datetime) -> tuple[datetime, datetime]:
    """Returns when the window of `now` ends, and when its mail is written."""
    seconds = int(MAIL_WINDOW.total_seconds())
    ends = datetime.fromtimestamp((int(now.timestamp()) // seconds + 1) * seconds, UTC)
    return ends, ends + MAIL_GRACE


@dataclass(frozen=True)
class NewNotification:
    """Something `user_id` is to be told, who may read what it is about at this moment."""

    user_id: UserId
    kind: NotificationKind
    list_id: ListId
    todo_id: TodoId | None = None
    comment_id: CommentId | None = None
    invitation_id: InvitationId | None = None
    list_name: str | None = None


def chosen(overrides: Mapping[str, Any]) -> dict[NotificationKind, ChannelsShape]:
    """Returns the matrix: the defaults, and what a person chose over them."""
    return {
        kind: channels.model_copy(update=_known(overrides.get(kind.value, {})))
        for kind, channels in DEFAULTS.items()
    }


def preferences_of(
    overrides: Mapping[str, Any], digest: bool = False, digest_hour: int = DIGEST_HOUR
) -> PreferencesShape:
    return PreferencesShape(channels=chosen(overrides), digest=digest, digest_hour=digest_hour)


def next_digest(now: datetime, zone: str, hour: int) -> datetime:
    """Returns the first instant after `now` at which clocks in `zone` show that full hour.

    Where a clock change skips the hour, an hour later; where it comes twice, the first.
    """
    day = now.astimezone(zone_or_utc(zone)).date()
    at = instant_of(datetime.combine(day, time(hour)), zone)
    if at > now:
        return at
    return instant_of(datetime.combine(day + timedelta(days=1), time(hour)), zone)


def overridden(
    overrides: Mapping[str, Any], wanted: Mapping[NotificationKind, Mapping[str, bool]]
) -> dict[str, dict[str, bool]]:
    """Returns the overrides with these wishes among them, and none that is a default anyway."""
    after: dict[str, dict[str, bool]] = {}
    for kind, default in DEFAULTS.items():
        asked = _known(overrides.get(kind.value, {})) | dict(wanted.get(kind, {}))
        kept = {name: on for name, on in asked.items() if on != getattr(default, name)}
        if kept:
            after[kind.value] = kept
    return after


def _known(channels: Mapping[str, bool]) -> dict[str, bool]:
    return {name: channels[name] for name in CHANNELS if name in channels}
