"""Texts of the mails about security-relevant changes, by the action in the audit log."""

from dataclasses import dataclass

_RESET = "If not, reset your password now. That signs out every device."
_ASK = "If not, write to whoever runs this site, at once."


@dataclass(frozen=True)
class SecurityEmailText:
    """What happened, and the advice for an account holder who did not do it.

    `shows_address` is False where an administrator acted: users do not learn an administrator's
    network address.
    """

    what: str
    advice: str = _RESET
    shows_address: bool = True


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
    "account.disabled": SecurityEmailText(
        "Your account was disabled by an administrator.", "", False
    ),
    "invitation.accepted_elsewhere": SecurityEmailText(
        "Somebody joined a list of yours by an invitation of yours, with an account of another address "
        "than the one you invited.",
        "Look at the members of your lists. Remove anybody whom you did not mean to invite.",
        False,
    ),
    "account.deleted": SecurityEmailText("Your account was deleted.", _ASK),
}


def security_email_text(action: str) -> SecurityEmailText:
    """Return the text for an action, or a general one for an action without a text of its own."""
    return SECURITY_EMAIL_TEXTS.get(action) or SecurityEmailText(
        f"Something changed: {action.replace('.', ' ')}."
    )
