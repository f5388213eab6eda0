"""Texts of the mails about security-relevant changes, by the action in the audit log."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.accounts.erasure import erase_old_address
from shared.contract.jobs import SendSecurityNotice
from shared.languages.texts import message
from shared.unit_of_work import UnitOfWork
from worker.jobs.context import Outcome

_RESET = message(
    "If not, reset your password now. That signs out every device and revokes your API tokens."
)
_ASK = message("If not, write to whoever runs this site, at once.")


@dataclass(frozen=True)
class SecurityEmailText:
    """What happened, and the advice for an account holder who did not do it.

    `{…}` in `what` is a fact of the audit entry; {until} the time at which the account is deleted,
    {action} what was done. The texts are keys of the catalogues.

    `shows_address` is False where an administrator acted: users do not learn an administrator's
    network address.
    """

    what: str
    advice: str = _RESET
    shows_address: bool = True
    subject: str = message("A change to your account")
    # Where to act: names of links, and the sections of the settings that they open.
    links: tuple[tuple[str, str], ...] = ()


SECURITY_EMAIL_TEXTS = {
    "password.changed": SecurityEmailText("Your password was changed."),
    "password.reset": SecurityEmailText("Your password was reset with a link from a mail."),
    "email.change_wanted": SecurityEmailText(
        "A new address was given for your account. A link was sent there."
    ),
    # The link of a password reset would go to the new address, so resetting would not help.
    "email.changed": SecurityEmailText("The address of your account was changed.", _ASK),
    "session.token_replayed": SecurityEmailText(
        "A sign-in of yours was used twice, as if somebody had copied it. We ended it."
    ),
    "session.new_device": SecurityEmailText(
        "Your account was used to sign in on a device for the first time.",
        "If not, somebody knows how to sign in as you. Change your password: that signs out every other "
        "device. Then look for devices and API tokens that you do not know.",
        subject="A sign-in on a new device",
        links=(
            ("Change your password", "password"),
            ("See your devices and sign them out", "devices"),
        ),
    ),
    "api_token.created": SecurityEmailText(
        "An API token was created for your account. A program that has it can use your lists."
    ),
    "application.connected": SecurityEmailText(
        "You let an application into your account. It calls itself “{name}”, and can use your lists until "
        "you disconnect it.",
        "If not, disconnect it in the settings and change your password, at once.",
        subject="An application was connected",
        links=(("See your connected applications", "connected-applications"),),
    ),
    "application.token_replayed": SecurityEmailText(
        "A code or token of the application “{name}” was used twice, as if somebody had copied it. We "
        "disconnected the application.",
        "Connect it again if you use it. If this happens again, its device may not be safe.",
        links=(("See your connected applications", "connected-applications"),),
    ),
    "totp.added": SecurityEmailText(
        "Two-step verification by an authenticator app was set up for your account.", _ASK
    ),
    "totp.replaced": SecurityEmailText(
        "The authenticator app of your account was replaced by another.", _ASK
    ),
    "totp.removed": SecurityEmailText(
        "The authenticator app was removed from your account.", _RESET
    ),
    "recovery_codes.renewed": SecurityEmailText(
        "New recovery codes were made for your account. The codes before do not work any more."
    ),
    "recovery_code.used": SecurityEmailText(
        "A recovery code of your account was used. Codes left: {left}. Make new ones in the settings "
        "before the last is used."
    ),
    "second_factor.guessed": SecurityEmailText(
        "Somebody entered five wrong codes or more within an hour, after your password or on a device "
        "that is signed in to your account."
    ),
    "second_factors.reset": SecurityEmailText(
        "Two-step verification was switched off for your account by whoever runs this site, and "
        "your devices were signed out.",
        _ASK,
        False,
    ),
    "passkey.added": SecurityEmailText(
        "A passkey was added to your account. Whoever has it can sign in as you.",
        "If not, remove it in the settings and change your password, at once.",
    ),
    "passkey.removed": SecurityEmailText("A passkey was removed from your account."),
    "passkey.counter_went_back": SecurityEmailText(
        "A passkey of yours was used as if somebody had copied it. We refused it.",
        "If not, remove it in the settings, and add a new one.",
    ),
    "identity.linked": SecurityEmailText(
        "A sign-in at another service was linked to your account. Whoever has it can sign in as you.",
        "If not, sign in, unlink it in your settings, and change your password.",
        links=(("See your linked sign-ins", "linked-sign-ins"),),
    ),
    "identity.unlinked": SecurityEmailText(
        "A sign-in at another service was unlinked from your account."
    ),
    "account.disabled": SecurityEmailText(
        "Your account was disabled by an administrator.", "", False
    ),
    "invitation.accepted_elsewhere": SecurityEmailText(
        "Somebody joined a list of yours by an invitation of yours, with an account of another address "
        "than the one you invited.",
        "Look at the members of your lists. Remove anybody whom you did not mean to invite.",
        False,
    ),
    "account.deletion_requested": SecurityEmailText(
        "Your account will be deleted on {until}.",
        "If not, or if you want to keep it: sign in before then, and choose “Keep my account”. Until "
        "then you are signed out everywhere, and get no reminders.",
    ),
    "account.deletion_stopped": SecurityEmailText(
        "An administrator enabled your account again. It will not be deleted, though you had asked for it.",
        "If you still want it deleted: sign in, and ask for it once more.",
        False,
        subject="Your account will not be deleted",
        links=(("Delete your account", "your-data"),),
    ),
    "account.kept": SecurityEmailText("Your account will not be deleted: you kept it."),
    "webhook.created": SecurityEmailText(
        "A webhook was made for your account: what happens in your lists is sent to {host} from now on.",
        "If not, delete it in the settings of your account or of the list, and change your password.",
    ),
    "webhook.secret_replaced": SecurityEmailText(
        "The secret of your webhook to {host} was replaced.",
        "If not, replace it again, and change your password.",
    ),
    "webhook.gave_up": SecurityEmailText(
        "Your webhook “{name}” to {host} was disabled, because its receiver does not take what we send. "
        "Repair the receiver, and enable the webhook in the settings: it goes on where it stopped.",
        "",
        False,
        subject="A webhook was disabled",
        links=(("See your webhooks", "webhooks"),),
    ),
    "account.deleted": SecurityEmailText("Your account was deleted.", _ASK),
}


def security_email_text(action: str) -> SecurityEmailText:
    """Return the text for an action, or a general one for an action without a text of its own."""
    return SECURITY_EMAIL_TEXTS.get(action) or SecurityEmailText("Something changed: {action}.")


async def record_sent(work: UnitOfWork, jobs: Sequence[SendSecurityNotice]) -> None:
    """Erase the addresses of deleted accounts: these were the last mails to them."""
    await erase_old_address(work, [job.audit_id for job in jobs if job.to_old_address])


async def record_outcome(work: UnitOfWork, job: SendSecurityNotice, outcome: Outcome) -> None:
    """Erase the address of a deleted account once the mail is given up."""
    if job.to_old_address and outcome.state != "retrying":
        await erase_old_address(work, [job.audit_id])
