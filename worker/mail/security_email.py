"""What a security notice says, by the action in the audit (shared/audit.py). Words only."""

from dataclasses import dataclass

_RESET = "If not, reset your password now. That signs out every device."
_ASK = "If not, write to whoever runs this site, at once."


@dataclass(frozen=True)
class Notice:
    """`advice` is for the case that it was not them."""

    what: str
    advice: str = _RESET
    # An administrator's address is not the business of the person they acted upon.
    shows_address: bool = True


NOTICES = {
    "password.changed": Notice("Your password was changed."),
    "password.reset": Notice("Your password was reset with a link from a mail."),
    "email.change_wanted": Notice(
        "A new address was given for your account. A link was sent there."
    ),
    # A reset would be mailed to the new address, so it would not help.
    "email.changed": Notice("The address of your account was changed.", _ASK),
    "session.token_replayed": Notice(
        "A sign-in of yours was used twice, as if somebody had copied it. We ended it."
    ),
    "account.disabled": Notice("Your account was disabled by an administrator.", "", False),
    "account.deleted": Notice("Your account was deleted.", _ASK),
}


def notice_of(action: str) -> Notice:
    """Returns the notice; of an action that has none of its own, one in general words."""
    return NOTICES.get(action) or Notice(f"Something changed: {action.replace('.', ' ')}.")
