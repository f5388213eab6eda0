"""The handler of each kind of job. Jobs of a kind without a handler are parked for a newer worker."""

from collections.abc import Mapping

from shared.contract.jobs import (
    CleanUp,
    DeliverWebhook,
    EndShareLink,
    EraseEvents,
    EraseFromEvents,
    ExportData,
    MakeThumbnail,
    PreviewImport,
    ReceiveMail,
    RunImport,
    SendAdminMessage,
    SendAlreadyRegistered,
    SendDigest,
    SendExportReady,
    SendInvitation,
    SendNotifications,
    SendPasswordReset,
    SendPush,
    SendReminder,
    SendSecurityNotice,
    SendTestReminder,
    SendVerification,
)
from worker.attachments.thumbnails import make_thumbnail
from worker.cleanup.chores import clean_up
from worker.cleanup.erased_events import erase_events, erase_from_events
from worker.cleanup.guests import end_share_link
from worker.imports import preview, running
from worker.inbound_mail import delivery as inbound_delivery
from worker.jobs.context import Handler
from worker.mail import account_emails, invitation_outcome, security_email
from worker.mail.delivery import email_handler, one_by_one
from worker.notifications import digest, notification_email
from worker.personal_data import data_export
from worker.push.delivery import deliver_push
from worker.reminders import reminder_email, reminder_test
from worker.webhooks import delivery as webhook_delivery

HANDLERS: Mapping[str, Handler] = {
    SendVerification.kind: email_handler(
        one_by_one(account_emails.compose_verification), ignore_suppression=True
    ),
    SendPasswordReset.kind: email_handler(
        one_by_one(account_emails.compose_password_reset), ignore_suppression=True
    ),
    SendAlreadyRegistered.kind: email_handler(
        one_by_one(account_emails.compose_already_registered), ignore_suppression=True
    ),
    SendSecurityNotice.kind: email_handler(
        one_by_one(account_emails.compose_security_email),
        record_sent=security_email.record_sent,
        record_outcome=security_email.record_outcome,
        ignore_suppression=True,
    ),
    SendInvitation.kind: email_handler(
        one_by_one(account_emails.compose_invitation),
        record_sent=invitation_outcome.record_sent,
        record_outcome=invitation_outcome.record_outcome,
    ),
    # The site shows the notifications in any case, so a duplicate is worse than a loss.
    SendNotifications.kind: email_handler(
        notification_email.compose_notifications,
        record_sent=notification_email.record_sent,
        resend_in_doubt=False,
    ),
    SendPush.kind: Handler(deliver_push),
    DeliverWebhook.kind: Handler(webhook_delivery.deliver, webhook_delivery.record_outcome),
    SendDigest.kind: email_handler(one_by_one(digest.compose_digest), resend_in_doubt=False),
    SendAdminMessage.kind: email_handler(one_by_one(account_emails.compose_admin_message)),
    SendReminder.kind: email_handler(
        reminder_email.compose_reminders,
        record_sent=reminder_email.record_sent,
        record_outcome=reminder_email.record_outcome,
    ),
    SendTestReminder.kind: email_handler(
        reminder_test.compose_test_reminders,
        record_sent=reminder_test.record_sent,
        record_outcome=reminder_test.record_outcome,
    ),
    SendExportReady.kind: email_handler(one_by_one(data_export.compose_ready)),
    ExportData.kind: Handler(data_export.export_data, data_export.record_outcome),
    PreviewImport.kind: Handler(preview.preview_import, preview.record_outcome),
    ReceiveMail.kind: Handler(inbound_delivery.receive_mail, inbound_delivery.record_outcome),
    RunImport.kind: Handler(running.run_import, running.record_outcome),
    MakeThumbnail.kind: Handler(make_thumbnail),
    CleanUp.kind: Handler(clean_up),
    EraseFromEvents.kind: Handler(erase_from_events),
    EraseEvents.kind: Handler(erase_events),
    EndShareLink.kind: Handler(end_share_link),
}
