"""What holds for members and invitations whatever the database says: limits and who may answer."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.contract.shapes import Role
from shared.ids import InvitationId, ListId, UserId

# Long enough for a holiday; after it, asking again costs the owner one click.
INVITATION_LIFETIME = timedelta(days=14)
# Each hears on a stream of their own of the list's coming and going, in one transaction.
MAX_MEMBERS = 200
# As many as a large team is invited at once; the owners read them all on one page.
MAX_OPEN_INVITATIONS = 50
# Mails a person can cause in a day: a class of pupils in three lists, not a mailing campaign …
MAX_INVITATIONS_PER_DAY = 100
# … and to one address: a family shares a dozen lists on its first evening; it is no letter bomb.
MAX_INVITATIONS_PER_DAY_TO_ADDRESS = 20
QUOTA_PERIOD = timedelta(days=1)


@dataclass(frozen=True)
class Invitation:
    """An invitation as it stands in the database."""

    id: InvitationId
    list_id: ListId
    email_key: str
    role: Role
    nonce: str
    invited_by: UserId | None
    expires_at: datetime


def is_addressee(invitation: Invitation, verified_email_key: str | None) -> bool:
    """Tells whether the account was meant: its verified address is the invited one.

    An id is no secret, so without the mail's token only this counts.
    """
    return verified_email_key is not None and verified_email_key == invitation.email_key
