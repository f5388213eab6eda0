"""The audit log: who did what, to whom, when and from where; written in the same transaction."""

from collections.abc import Mapping

from sqlalchemy import insert

from shared.actor import Actor
from shared.contract.audit import AuditAction
from shared.ids import ListId, UserId, new_id
from shared.tables.accounts import AuditRow
from shared.unit_of_work import UnitOfWork


async def record(
    work: UnitOfWork,
    actor: Actor | None,
    action: AuditAction,
    *,
    user_id: UserId | None = None,
    list_id: ListId | None = None,
    facts: Mapping[str, str] | None = None,
    address: str = "",
) -> str:
    """Record that `actor` did `action`, concerning `user_id`. Return the id of the audit row.

    `address` is the IP address of a caller that is not signed in. `facts` must hold no secret:
    admins and the account concerned read them. What an API token does has its id as `api_token_id`.
    """
    audit_id = new_id()
    stored = dict(facts or {})
    if actor is not None and actor.grant is not None:
        stored["api_token_id"] = actor.session_id
    await work.connection.execute(
        insert(AuditRow).values(
            id=audit_id,
            at=work.now,
            action=action,
            actor_id=actor.user_id if actor else None,
            user_id=user_id,
            list_id=list_id,
            address=actor.address if actor else address,
            facts=stored,
        )
    )
    return audit_id
