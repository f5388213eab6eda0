"""Every kind of job and its payload. A payload holds ids, never secrets or text written by users."""

from datetime import date
from enum import IntEnum
from typing import ClassVar

from shared.contract.base import Instant, Shape


class Priority(IntEnum):
    """Order of jobs, smallest first: no sign-in link waits behind a million reminders."""

    SECURITY = 0
    REMINDER = 5
    BULK = 9


class Job(Shape):
    """Base of all jobs. `kind` is imperative and never changes, because of rolling deploys."""

    kind: ClassVar[str]
    priority: ClassVar[Priority] = Priority.REMINDER


class SendVerification(Job):
    """Mail the link that verifies an address, of a new account or after a change of address."""

    kind = "send_verification"
    priority = Priority.SECURITY
    link_id: str


class SendPasswordReset(Job):
    kind = "send_password_reset"
    priority = Priority.SECURITY
    link_id: str


class SendAlreadyRegistered(Job):
    """Mail the owner of an address that another registration with it was attempted."""

    kind = "send_already_registered"
    priority = Priority.SECURITY
    user_id: str


class SendSecurityNotice(Job):
    """Mail a security-relevant change of an account; `audit_id` says what, when and from where."""

    kind = "send_security_notice"
    priority = Priority.SECURITY
    audit_id: str
    # Mail about a changed address goes to the old address, which the audit row keeps.
    to_old_address: bool = False


class SendInvitation(Job):
    kind = "send_invitation"
    invitation_id: str


class SendReminder(Job):
    """Mail a reminder. `occurrence` is the number of its schedule (shared/reminders/rules.py).

    `equal` are the other reminders of the user on the same todo at the same instant, each as
    `reminder_id:occurrence`: they share the mail.
    """

    kind = "send_reminder"
    reminder_id: str
    occurrence: int
    equal: tuple[str, ...] = ()

    @property
    def occurrences(self) -> tuple[str, ...]:
        return (f"{self.reminder_id}:{self.occurrence}", *self.equal)


class SendNotifications(Job):
    """Mail the unread notifications of the window that ended at `until`, as the user's settings allow."""

    kind = "send_notifications"
    priority = Priority.BULK
    user_id: str
    until: Instant


class SendTestReminder(Job):
    """Mail a test reminder, so that the user sees whether reminders arrive."""

    kind = "send_test_reminder"
    user_id: str
    test_id: str


class SendPush(Job):
    """Show a notification on one device, with the number of `more` ones of the same action."""

    kind = "send_push"
    subscription_id: str
    notification_id: str
    more: int = 0


class SendDigest(Job):
    """Mail the digest of `day`, a date in the recipient's time zone."""

    kind = "send_digest"
    priority = Priority.BULK
    user_id: str
    day: date


class SendAdminMessage(Job):
    kind = "send_admin_message"
    message_id: str


class EndShareLink(Job):
    """End the guests of a share link that has expired, or whose maker is disabled or leaving."""

    kind = "end_share_link"
    priority = Priority.SECURITY
    link_id: str


class ExportData(Job):
    """Write the document of an export of an account, a page at a time."""

    kind = "export_data"
    priority = Priority.BULK
    export_id: str


class SendExportReady(Job):
    """Mail that an export is done, with a link to the settings."""

    kind = "send_export_ready"
    export_id: str


class EraseFromEvents(Job):
    """Remove the names of deleted accounts and guests from the events of all streams.

    `after` is the key of the last event that was read. The job writes it, to go on there.
    """

    kind = "erase_from_events"
    priority = Priority.BULK
    user_ids: tuple[str, ...]
    after: tuple[str, int] = ("", 0)


class PreviewImport(Job):
    """Read an uploaded file, and store what it holds. `attempt` is that of the import's row."""

    kind = "preview_import"
    priority = Priority.BULK
    import_id: str
    attempt: int


class RunImport(Job):
    """Add the todos of a previewed file to lists, a page at a time."""

    kind = "run_import"
    priority = Priority.BULK
    import_id: str


class EraseEvents(Job):
    """Do the same for one account. Added by a release before EraseFromEvents."""

    kind = "erase_events"
    priority = Priority.BULK
    user_id: str


class DeliverWebhook(Job):
    """Send what waits for a webhook. The row is deleted when nothing waits."""

    kind = "deliver_webhook"
    webhook_id: str


class ReceiveMail(Job):
    """Make a todo or a comment of a stored mail."""

    kind = "receive_mail"
    message_id: str


class MakeThumbnail(Job):
    """Make the thumbnail of an attached picture."""

    kind = "make_thumbnail"
    priority = Priority.BULK
    attachment_id: str


class CleanUp(Job):
    """Run one of the chores of worker/cleanup/chores.py."""

    kind = "clean_up"
    priority = Priority.BULK
    chore: str


JOBS: dict[str, type[Job]] = {kind.kind: kind for kind in Job.__subclasses__()}
