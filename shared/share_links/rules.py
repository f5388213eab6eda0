"""Limits of share links, and whether one still admits. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.contract.share_links import LinkRole
from shared.errors import Forbidden
from shared.ids import ListId, ShareLinkId

# One for each audience, all of them on one page. Each is a way in that somebody must remember to close.
MAX_LINKS = 10
# Of all links of a list. Revoking a link writes two events for each of its guests in one transaction.
MAX_GUESTS = 100
# A browser keeps the token of a guest until its tab is closed. After a week the guest joins again.
GUEST_LIFETIME = timedelta(days=7)
# The name that a guest gives; what is stored says that it is a guest (`guest_name`).
MAX_GUEST_NAME = 60


@dataclass(frozen=True)
class ShareLink:
    """A row of share_links whose list is not in the trash and whose maker has an active account."""

    id: ShareLinkId
    list_id: ListId
    list_name: str
    role: LinkRole
    nonce: str
    password_hash: str | None
    expires_at: datetime | None
    revoked_at: datetime | None

    def require_open(self, now: datetime) -> None:
        """Raise Forbidden `link_ended` if the link admits nobody any more."""
        if self.revoked_at is not None:
            raise link_ended("This link was withdrawn. Ask for a new one.")
        if self.expires_at is not None and self.expires_at <= now:
            raise link_ended("This link has expired. Ask for a new one.")


def link_ended(detail: str) -> Forbidden:
    return Forbidden(detail, code="link_ended")


def guest_name(name: str) -> str:
    """Return the name under which a guest appears everywhere, so that it is never a member's."""
    return f"{name} (guest)"


def guest_expiry(now: datetime, link_expires_at: datetime | None) -> datetime:
    """Return when the session of a guest who joins now ends at the latest."""
    latest = now + GUEST_LIFETIME
    return latest if link_expires_at is None else min(latest, link_expires_at)
