"""Limits on members and invitations, and who may answer an invitation. Pure."""

from dataclasses import dataclass
from datetime import timedelta

from shared.contract.shapes import Role
from shared.ids import InvitationId, ListId, UserId

# Long enough for a holiday. After that, inviting again costs the owner one click.
INVITATION_LIFETIME = timedelta(days=14)
# Trashing or restoring a list writes an event to each member's own stream in one transaction.
MAX_MEMBERS = 200
# Enough to invite a large team at once; the owners read all of them on one page.
MAX_OPEN_INVITATIONS = 50
# Per inviting user: enough for a class of pupils in three lists, too few for a mailing campaign.
MAX_INVITATIONS_PER_DAY = 100
# Per inviting user and address: a family shares a dozen lists on its first evening, and no user
# can flood a mailbox.
MAX_INVITATIONS_PER_DAY_TO_ADDRESS = 20
QUOTA_PERIOD = timedelta(days=1)
# As many todos are assigned again, with an event of each, when an undo takes a removed member back in.
MAX_RESTORED_ASSIGNMENTS = 200


@dataclass(frozen=True)
class Invitation:
    """An open invitation, as read for its answer."""

    id: InvitationId
    list_id: ListId
    email_key: str
    role: Role
    nonce: str
    invited_by: UserId


def is_addressee(invitation: Invitation, verified_email_key: str | None) -> bool:
    """Return True if the account's verified address is the invited one.

    This is the only proof accepted without the mail's token, since an invitation's id is no secret.
    """
    return verified_email_key is not None and verified_email_key == invitation.email_key
