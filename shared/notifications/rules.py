"""Default channels of each kind of notification, mail windows, and digest times. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from shared.contract.notifications import ChannelsShape, NotificationKind, PreferencesShape
from shared.ids import CommentId, InvitationId, ListId, TodoId, UserId
from shared.zones import instant_of, zone_or_utc

# The notifications that the panel shows first; older ones are fetched in pages.
NEWEST_COUNT = 50
# Users do not look for older notifications, and the todos they are about remain.
RETENTION = timedelta(days=30)
CHANNELS = ("in_app", "mail", "push")
# Before most users begin to work.
DEFAULT_DIGEST_HOUR = 8

# Mail and push are on by default for what waits for this particular user. Invitations and reminders
# have mails of their own. Without a subscribed browser nothing is pushed.
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
# While one of these is unread, another about the same todo is dropped: repeated assigning and
# unassigning, or a long conversation, is a single row in the panel.
COALESCED_UNTIL_READ = frozenset({NotificationKind.ASSIGNED, NotificationKind.COMMENTED})
# These are mailed in batches, and only while unread: a user who is active gets no mail.
MAILED_IN_BATCHES = frozenset(
    {
        NotificationKind.ASSIGNED,
        NotificationKind.MENTIONED,
        NotificationKind.COMMENTED,
        NotificationKind.REMOVED,
    }
)
# At most one mail per user and window.
MAIL_WINDOW = timedelta(minutes=10)
# Gives the user time to read a notification of the window's last second on the screen.
MAIL_GRACE = timedelta(minutes=1)


def mail_schedule(now: datetime) -> tuple[datetime, datetime]:
    """Return the end of the mail window of `now`, and the instant at which its mail is written."""
    seconds = int(MAIL_WINDOW.total_seconds())
    window_end = datetime.fromtimestamp((int(now.timestamp()) // seconds + 1) * seconds, UTC)
    return window_end, window_end + MAIL_GRACE


@dataclass(frozen=True)
class NewNotification:
    """A notification to add for `user_id`, who may read its subject at this moment."""

    user_id: UserId
    kind: NotificationKind
    list_id: ListId
    todo_id: TodoId | None = None
    comment_id: CommentId | None = None
    invitation_id: InvitationId | None = None
    list_name: str | None = None


def effective_channels(overrides: Mapping[str, Any]) -> dict[NotificationKind, ChannelsShape]:
    """Return the channels of each kind: the defaults, replaced by the user's overrides."""
    return {
        kind: channels.model_copy(update=_known_channels(overrides[kind.value]))
        if kind.value in overrides
        else channels
        for kind, channels in DEFAULTS.items()
    }


def effective_preferences(
    overrides: Mapping[str, Any], digest: bool = False, digest_hour: int = DEFAULT_DIGEST_HOUR
) -> PreferencesShape:
    return PreferencesShape(
        channels=effective_channels(overrides), digest=digest, digest_hour=digest_hour
    )


def next_digest(now: datetime, zone: str, hour: int) -> datetime:
    """Return the first instant after `now` at which clocks in `zone` show the full hour `hour`.

    If a clock change skips the hour, an hour later; if the hour occurs twice, the first.
    """
    day = now.astimezone(zone_or_utc(zone)).date()
    at = instant_of(datetime.combine(day, time(hour)), zone)
    if at > now:
        return at
    return instant_of(datetime.combine(day + timedelta(days=1), time(hour)), zone)


def merge_overrides(
    overrides: Mapping[str, Any], changes: Mapping[NotificationKind, Mapping[str, bool]]
) -> dict[str, dict[str, bool]]:
    """Return the overrides with `changes` applied, without values that equal the defaults."""
    merged: dict[str, dict[str, bool]] = {}
    for kind, default in DEFAULTS.items():
        channels = _known_channels(overrides.get(kind.value, {})) | dict(changes.get(kind, {}))
        differing = {name: on for name, on in channels.items() if on != getattr(default, name)}
        if differing:
            merged[kind.value] = differing
    return merged


def _known_channels(channels: Mapping[str, bool]) -> dict[str, bool]:
    return {name: channels[name] for name in CHANNELS if name in channels}
