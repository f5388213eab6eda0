"""The account snapshot: all data of a user from one consistent read."""

from shared import event_log
from shared.accounts.account import find_account
from shared.actor import Actor
from shared.contract.shapes import AccountSnapshot
from shared.errors import Unauthenticated
from shared.ids import user_stream
from shared.lists.queries import read_lists_of_user
from shared.members.queries import read_invitations_of_user
from shared.notifications import queries as notifications
from shared.reminders.queries import read_reminders_of_user
from shared.unit_of_work import ReadTransaction


async def account_snapshot(read: ReadTransaction, actor: Actor) -> AccountSnapshot:
    """Return the data of the actor and the position from which to follow the actor's stream."""
    account = await find_account(read, actor.user_id)
    stream = user_stream(actor.user_id)
    head = (await event_log.read_heads(read.connection, [stream])).get(stream)
    if account is None or head is None:
        raise Unauthenticated
    return AccountSnapshot(
        stream=head.position(),
        account=account.shape(),
        lists=await read_lists_of_user(read, actor.user_id),
        invitations=await read_invitations_of_user(read, actor.user_id),
        reminders=tuple(await read_reminders_of_user(read, actor.user_id)),
        notifications=await notifications.read_newest(read, actor.user_id),
        preferences=await notifications.read_preferences(read, actor.user_id),
    )
