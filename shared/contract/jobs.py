"""Every kind of job, and what its row carries: ids only, never a secret or a text of a person."""

from datetime import date
from enum import IntEnum
from typing import ClassVar

from shared.contract.base import Instant, Shape


class Priority(IntEnum):
    """Smaller first: nobody waits for a sign-in link behind a million reminders."""

    SECURITY = 0
    REMINDER = 5
    BULK = 9


class Job(Shape):
    """Base of all jobs; `kind` is imperative and stays the same for ever (rolling deploys)."""

    kind: ClassVar[str]
    priority: ClassVar[Priority] = Priority.REMINDER


class SendVerification(Job):
    """Mail the link that proves an address (also after a change of address)."""

    kind = "send_verification"
    priority = Priority.SECURITY
    link_id: str


class SendPasswordReset(Job):
    kind = "send_password_reset"
    priority = Priority.SECURITY
    link_id: str


class SendAlreadyRegistered(Job):
    """Tell the owner of an address that somebody tried to register it again."""

    kind = "send_already_registered"
    priority = Priority.SECURITY
    user_id: str


class SendSecurityNotice(Job):
    """Tell a person what changed about their account; `audit_id` says what, when and from where."""

    kind = "send_security_notice"
    priority = Priority.SECURITY
    audit_id: str
    # A notice about a changed address goes to the old one, which the audit row keeps.
    to_old_address: bool = False


class SendInvitation(Job):
    kind = "send_invitation"
    invitation_id: str


class SendReminder(Job):
    kind = "send_reminder"
    reminder_id: str
    occurrence: int


class SendNotifications(Job):
    """Mail what a person was told in the window that ended at `until`, has not read, and wants."""

    kind = "send_notifications"
    priority = Priority.BULK
    user_id: str
    until: Instant


class SendTestReminder(Job):
    """Mail a person a reminder of nothing: do they arrive?"""

    kind = "send_test_reminder"
    user_id: str
    test_id: str


class SendPush(Job):
    """Show a notification on one device, and how many `more` there are of the same deed."""

    kind = "send_push"
    subscription_id: str
    notification_id: str
    more: int = 0


class SendDigest(Job):
    """Mail what a day holds; `day` is that of the reader's calendar."""

    kind = "send_digest"
    priority = Priority.BULK
    user_id: str
    day: date


class SendAdminMessage(Job):
    kind = "send_admin_message"
    message_id: str


class CleanUp(Job):
    """One of the chores of worker/cleanup/chores.py."""

    kind = "clean_up"
    priority = Priority.BULK
    chore: str


JOBS: dict[str, type[Job]] = {kind.kind: kind for kind in Job.__subclasses__()}
