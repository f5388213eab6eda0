"""Which function does which kind of job. A kind without one is parked for a newer worker."""

from collections.abc import Mapping

from shared.contract.jobs import (
    CleanUp,
    SendAdminMessage,
    SendAlreadyRegistered,
    SendDigest,
    SendInvitation,
    SendNotifications,
    SendPasswordReset,
    SendPush,
    SendReminder,
    SendSecurityNotice,
    SendTestReminder,
    SendVerification,
)
from worker import digests, messages, reminder_tests, reminders, told
from worker.cleanup import clean_up
from worker.emails import mail
from worker.pushes import push
from worker.tools import Handler

HANDLERS: Mapping[str, Handler] = {
    SendVerification.kind: mail(messages.write_verification, despite_refusal=True),
    SendPasswordReset.kind: mail(messages.write_password_reset, despite_refusal=True),
    SendAlreadyRegistered.kind: mail(messages.write_already_registered, despite_refusal=True),
    SendSecurityNotice.kind: mail(messages.write_security_notice, despite_refusal=True),
    SendInvitation.kind: mail(messages.write_invitation),
    # What was said is on the site in any case: twice is worse than not at all.
    SendNotifications.kind: mail(
        told.write_notifications, effect=told.note_sent, again_in_doubt=False
    ),
    SendPush.kind: Handler(push),
    SendDigest.kind: mail(digests.write_digest, again_in_doubt=False),
    SendAdminMessage.kind: mail(messages.write_admin_message),
    SendReminder.kind: mail(
        reminders.write_reminder, effect=reminders.note_sent, note=reminders.note_outcome
    ),
    SendTestReminder.kind: mail(
        reminder_tests.write_test, effect=reminder_tests.note_sent, note=reminder_tests.note_outcome
    ),
    CleanUp.kind: Handler(clean_up),
}
