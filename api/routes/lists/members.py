"""Routes of a list's members: list, change a role, remove, leave."""

from fastapi import APIRouter, Response

from api.http.command_runner import Runner
from api.http.dependencies import CurrentActor, OpenResources, PathId
from api.http.problems import problem_responses
from api.http.responses import json_response
from shared.contract.base import Body
from shared.contract.shapes import Items, MemberShape, Role
from shared.ids import ListId, UserId
from shared.members import commands, queries
from shared.unit_of_work import UnitOfWork

router = APIRouter(tags=["members"], responses=problem_responses(401, 404, 422))
_REFUSED = problem_responses(403, 409)


class RoleBody(Body):
    role: Role


@router.get("/lists/{list_id}/members", response_model=Items[MemberShape])
async def list_members(resources: OpenResources, actor: CurrentActor, list_id: PathId) -> Response:
    """List the members in the order in which they joined."""
    async with resources.single_read() as read:
        members = await queries.read_members(read, actor, ListId(list_id))
    return json_response(Items[MemberShape](items=members))


@router.patch("/lists/{list_id}/members/{user_id}", response_model=MemberShape, responses=_REFUSED)
async def change_role(runner: Runner, list_id: PathId, user_id: PathId, body: RoleBody) -> Response:
    """Give a member another role. The last owner stays owner."""

    async def change(work: UnitOfWork) -> MemberShape:
        return await commands.change_role(
            work, runner.actor, ListId(list_id), UserId(user_id), body.role
        )

    return await runner.run(change)


@router.delete("/lists/{list_id}/members/{user_id}", status_code=204, responses=_REFUSED)
async def remove_member(runner: Runner, list_id: PathId, user_id: PathId) -> Response:
    """Remove a member, or leave the list yourself. The last owner cannot leave."""

    async def remove(work: UnitOfWork) -> None:
        await commands.remove_member(work, runner.actor, ListId(list_id), UserId(user_id))

    return await runner.run(remove)
