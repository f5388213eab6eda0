"""The public profile of a user, name and picture, which every list with that user shows.

A new name is therefore an event in each of these lists, and their streams are locked before the
user's own stream.
"""

from sqlalchemy import select

from shared.accounts.account import Account, lock_account
from shared.actor import Actor
from shared.contract.events import MemberEdited
from shared.contract.shapes import MemberShape, Role, UserShape
from shared.errors import Unavailable
from shared.ids import ListId, UserId, list_stream, user_stream
from shared.tables.members import MemberRow
from shared.unit_of_work import ReadTransaction, UnitOfWork


async def lock_account_with_lists(work: UnitOfWork, user_id: UserId) -> Account:
    """Lock the streams of an account and of its lists, and return the account. Raise NotFound.

    Raise Unavailable if the user joined or left a list between the read and the lock.
    """
    list_ids = await _read_list_ids(work, user_id)
    await work.lock_streams([*map(list_stream, list_ids), user_stream(user_id)])
    # Joining and leaving lock the user's stream, so the set of lists cannot change after this check.
    if await _read_list_ids(work, user_id) != list_ids:
        raise Unavailable("The lists changed at the same moment. Nothing was changed.", 1)
    return await lock_account(work, user_id)


async def record_profile_change(
    work: UnitOfWork, actor: Actor | None, before: Account, after: Account
) -> None:
    """Record a changed name or picture as `member.edited` in every list of the user.

    The caller holds these lists (`lock_account_with_lists`).
    """
    if (before.name, before.avatar_url) == (after.name, after.avatar_url):
        return
    user = UserShape(id=after.id, name=after.name, avatar_url=after.avatar_url)
    rows = await work.connection.execute(
        select(MemberRow.list_id, MemberRow.role, MemberRow.joined_at).where(
            MemberRow.user_id == after.id
        )
    )
    for row in rows:
        member = MemberShape(user=user, role=Role(row.role), joined_at=row.joined_at)
        work.record(list_stream(ListId(row.list_id)), MemberEdited(member=member), actor)


async def _read_list_ids(read: ReadTransaction, user_id: UserId) -> list[ListId]:
    rows = await read.connection.scalars(
        select(MemberRow.list_id).where(MemberRow.user_id == user_id).order_by(MemberRow.list_id)
    )
    return [ListId(list_id) for list_id in rows]
