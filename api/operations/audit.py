"""Routes of the audit: what happened to your account, and for admins to all accounts."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.http.dependencies import CurrentActor, OpenResources
from api.http.problems import problem_responses
from api.routes.query_types import QueryInstant
from shared.accounts import audit_queries
from shared.accounts.audit_queries import AuditFilter
from shared.contract.audit import AuditGroup, AuditPage
from shared.contract.base import Id
from shared.ids import UserId

router = APIRouter(tags=["users"])

Before = Annotated[Id | None, Query(description="The `next_cursor` of the page before.")]


@router.get("/users/me/audit", responses=problem_responses(401, 422))
async def read_my_audit(
    actor: CurrentActor,
    resources: OpenResources,
    group: Annotated[AuditGroup | None, Query(description="Entries of this kind only.")] = None,
    before: Before = None,
) -> AuditPage:
    """Read what happened to your account and what it did, newest first. docs/audit.md."""
    async with resources.single_read() as read:
        return await audit_queries.read_my_audit(read, actor, group, before)


@router.get("/audit", responses=problem_responses(401, 403, 422))
async def read_audit(
    actor: CurrentActor,
    resources: OpenResources,
    user_id: Annotated[Id | None, Query(description="Entries about or by this account.")] = None,
    action: Annotated[str, Query(max_length=64, pattern="^[a-z_.]*$")] = "",
    address: Annotated[
        str, Query(max_length=64, pattern="^[0-9a-fA-F.:]*$", description="A network address.")
    ] = "",
    since: Annotated[QueryInstant | None, Query(description="The earliest instant.")] = None,
    until: Annotated[QueryInstant | None, Query(description="The instant before which.")] = None,
    before: Before = None,
) -> AuditPage:
    """Read the audit of all accounts, newest first; for admins."""
    audit_filter = AuditFilter(
        UserId(user_id) if user_id else None,
        action,
        address.lower(),
        begins_at=since,
        ends_at=until,
        before=before,
    )
    async with resources.single_read() as read:
        return await audit_queries.read_audit(read, actor, audit_filter)
