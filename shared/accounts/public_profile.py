"""What others see of a person, name and picture: part of every list that they are in.

Another name is therefore an event in each of those lists, and their streams are locked before the
person's own.
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
    """Returns the account, held with every list it is in. Raises NotFound.

    Raises Unavailable when it joined or left one at this very moment.
    """
    lists = await _lists_of(work, user_id)
    await work.lock_streams([*map(list_stream, lists), user_stream(user_id)])
    # Joining and leaving need the person's stream, so from here on this stays as it is.
    if await _lists_of(work, user_id) != lists:
        raise Unavailable("The lists changed at the same moment. Nothing was changed.", 1)
    return await lock_account(work, user_id)


async def record_profile_change(
    work: UnitOfWork, actor: Actor | None, before: Account, after: Account
) -> None:
    """Every list of the person has an event with their new name and picture, if they are new."""
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


async def _lists_of(read: ReadTransaction, user_id: UserId) -> list[ListId]:
    rows = await read.connection.scalars(
        select(MemberRow.list_id).where(MemberRow.user_id == user_id).order_by(MemberRow.list_id)
    )
    return [ListId(one) for one in rows]
