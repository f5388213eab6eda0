"""Read the passkeys of an account."""

from sqlalchemy import delete, func, select

from shared.actor import Actor
from shared.contract.passkeys import PasskeyDescriptor, PasskeyShape
from shared.ids import UserId
from shared.tables.passkeys import PasskeyRow
from shared.unit_of_work import ReadTransaction, UnitOfWork

SHAPE_COLUMNS = tuple(getattr(PasskeyRow, name) for name in PasskeyShape.model_fields)


async def read_passkeys(read: ReadTransaction, actor: Actor) -> list[PasskeyShape]:
    """Return the actor's passkeys, newest first."""
    rows = await read.connection.execute(
        select(*SHAPE_COLUMNS)
        .where(PasskeyRow.user_id == actor.user_id)
        .order_by(PasskeyRow.id.desc())
    )
    return [PasskeyShape.model_validate(row._asdict()) for row in rows]


async def count_passkeys(read: ReadTransaction, user_id: UserId) -> int:
    count = select(func.count()).where(PasskeyRow.user_id == user_id)
    return await read.connection.scalar(count) or 0


async def read_descriptors(read: ReadTransaction, user_id: UserId) -> list[PasskeyDescriptor]:
    """Return the account's passkeys as the options of a ceremony name them."""
    rows = await read.connection.execute(
        select(PasskeyRow.credential_id, PasskeyRow.transports)
        .where(PasskeyRow.user_id == user_id)
        .order_by(PasskeyRow.id)
    )
    return [
        PasskeyDescriptor(type="public-key", id=row.credential_id, transports=row.transports)
        for row in rows
    ]


async def read_user_handle(read: ReadTransaction, user_id: UserId) -> str | None:
    """Return what authenticators call the account; None before its first passkey."""
    handle = select(PasskeyRow.user_handle).where(PasskeyRow.user_id == user_id).limit(1)
    found: str | None = await read.connection.scalar(handle)
    return found


async def delete_passkeys(work: UnitOfWork, user_id: UserId) -> None:
    """Delete all passkeys of the locked account, as a second factor that is reset."""
    await work.connection.execute(delete(PasskeyRow).where(PasskeyRow.user_id == user_id))
