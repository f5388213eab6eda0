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
from worker.cleanup.chores import clean_up
from worker.jobs.context import Handler
from worker.mail import account_emails
from worker.mail.delivery import mail
from worker.notifications import digest, notification_email
from worker.push.delivery import push
from worker.reminders import reminder_email, reminder_test

HANDLERS: Mapping[str, Handler] = {
    SendVerification.kind: mail(account_emails.write_verification, despite_refusal=True),
    SendPasswordReset.kind: mail(account_emails.write_password_reset, despite_refusal=True),
    SendAlreadyRegistered.kind: mail(account_emails.write_already_registered, despite_refusal=True),
    SendSecurityNotice.kind: mail(account_emails.write_security_notice, despite_refusal=True),
    SendInvitation.kind: mail(account_emails.write_invitation),
    # What was said is on the site in any case: twice is worse than not at all.
    SendNotifications.kind: mail(
        notification_email.write_notifications,
        effect=notification_email.note_sent,
        again_in_doubt=False,
    ),
    SendPush.kind: Handler(push),
    SendDigest.kind: mail(digest.write_digest, again_in_doubt=False),
    SendAdminMessage.kind: mail(account_emails.write_admin_message),
    SendReminder.kind: mail(
        reminder_email.write_reminder,
        effect=reminder_email.note_sent,
        note=reminder_email.note_outcome,
    ),
    SendTestReminder.kind: mail(
        reminder_test.write_test, effect=reminder_test.note_sent, note=reminder_test.note_outcome
    ),
    CleanUp.kind: Handler(clean_up),
}
