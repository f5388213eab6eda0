"""Remove expired data: the chores, each run once an hour as a job, in batches.

Each batch is a transaction of its own.

    links tickets refresh_tokens   expired
    passkey_ceremonies             expired
    provider_tickets               expired
    sessions                       expired or revoked 30 days ago (users look for unknown sign-ins)
    known_devices                  no sign-in for 400 days (as long as browsers keep the cookie)
    invitations                    closed for 30 days (until then the link says what happened)
    share_links                    expired or revoked 30 days ago
    guest_sessions                 expired: the guest leaves the list
    guests                         ended 30 days ago: what they wrote keeps no author
    idempotency_keys               24 hours old
    audit                          180 days old (AUDIT_DAYS)
    jobs                           ended 7 days ago; with a dedupe key, or dead, 90 days ago
    data_exports                   7 days old, replaced by a newer one, or failed
    import_chunks                  of imports that are done, cancelled or expired
    imports                        7 days old, or failed a day ago
    inbound_messages               7 days after they came
    workers api_nodes              not seen for a day
    accounts                       not verified in 7 days, with their streams and Inbox
    leaving_accounts               whose users asked for it 7 days ago (ACCOUNT_DELETION_GRACE_DAYS)
    todos lists                    30 days in the trash
    attachments                    removed an hour ago, uploads that broke off 2 hours ago, those whose
                                   todo is gone, and archives of imports that are done, cancelled or
                                   expired: their files, and then their rows
    events                         older than 7 days and beyond the newest 10,000 of their stream
    notifications                  30 days old
    oauth_codes                    expired a day ago: until then a second use ends the grant
    oauth_device_codes             expired
    oauth_refresh_tokens           expired
    oauth_grants                   expired: no new token for 60 days
    oauth_clients                  without grant; never allowed for 2 days, or last allowed 90 days ago
    sign_in_challenges             expired
    totp_keys                      secrets of authenticator apps under the SECRET_KEY of before are
                                   encrypted anew
    webhook_deliveries             7 days old (the newest 500 of a webhook stay while it is used)
    webhook_secrets                encrypted anew, as totp_keys
    dev_mail                       development mail 7 days old or beyond the newest 1,000, and files
                                   that a dead worker left incomplete
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from shared.accounts.second_factors.reencryption import reencrypt_batch
from shared.contract.jobs import CleanUp
from shared.jobs import claims
from shared.jobs.claims import Claim
from shared.jobs.retries import Permanent
from shared.resources import Resources
from shared.unit_of_work import UnitOfWork
from shared.webhooks import reencryption
from worker.cleanup import (
    attachments,
    dev_mail,
    event_trimming,
    expired_rows,
    guests,
    leaving_accounts,
    old_notifications,
    trash,
    unverified_accounts,
)
from worker.jobs.context import JobContext
from worker.jobs.saving import save_with_retries

# Batches of one job. The rest waits for the next hour, so that the job ends well within the shutdown
# time of a worker.
MAX_BATCHES = 40

# Remove at most one batch; return True if there may be more.
Chore = Callable[[Resources], Awaitable[bool]]

CHORES: Mapping[str, Chore] = {
    **{name: partial(expired_rows.delete_batch, name) for name in expired_rows.EXPIRED_ROWS},
    "guest_sessions": guests.end_expired_sessions,
    "guests": guests.delete_batch,
    "accounts": unverified_accounts.delete_batch,
    "leaving_accounts": leaving_accounts.delete_batch,
    "todos": trash.purge_todos,
    "lists": trash.purge_lists,
    "events": event_trimming.trim_stream,
    "notifications": old_notifications.delete_batch,
    "attachments": attachments.delete_batch,
    "totp_keys": reencrypt_batch,
    "webhook_secrets": reencryption.reencrypt_batch,
    "dev_mail": dev_mail.delete_old_files,
}


async def clean_up(context: JobContext, claim: Claim, job: CleanUp) -> None:
    """Run the job's chore, at most MAX_BATCHES batches of it. Raise Permanent for an unknown chore."""
    chore = CHORES.get(job.chore)
    if chore is None:
        raise Permanent("there is no such chore")
    for _ in range(MAX_BATCHES):
        if not await chore(context.resources):
            break

    async def done(work: UnitOfWork) -> None:
        await claims.finish(work, claim, "done")

    await save_with_retries(context.resources, done)
