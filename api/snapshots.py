"""All of a list at once, and what happened since; the socket's counterpart for who holds nothing."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.dependencies import CurrentActor, OpenResources, PathId, found
from api.problems import documented
from shared.contract.frames import MissedEvents
from shared.contract.shapes import ListSnapshot
from shared.ids import ListId
from shared.snapshots import lists

router = APIRouter(tags=["lists"], responses=documented(401, 404, 409, 422))


@router.get("/lists/{list_id}/snapshot", response_model=ListSnapshot)
async def read_list_snapshot(
    resources: OpenResources,
    actor: CurrentActor,
    list_id: PathId,
    # Room for the longest rank, a position and an id, encoded.
    cursor: Annotated[str | None, Query(max_length=600)] = None,
) -> Response:
    """A list with its members, labels and 500 todos a page, and the position to subscribe from.

    A later page is newer than the first, whose position it carries: apply the events after that
    position once you have all pages, and of two versions of a todo keep the higher. Members and
    labels come with the first page. A cursor that no event leads on from is answered 409 `reset`:
    begin again without one.
    """
    async with resources.begin_read() as read:
        shape = await lists.list_snapshot(read, actor, ListId(list_id), cursor)
    return found(shape)


@router.get("/lists/{list_id}/events", response_model=MissedEvents)
async def read_list_events(
    resources: OpenResources,
    actor: CurrentActor,
    list_id: PathId,
    epoch: Annotated[str, Query(max_length=64)],
    since: Annotated[int, Query(ge=0, le=2**63 - 1)],
) -> Response:
    """The events after a position, up to 500, exactly as the socket sends them.

    409 `reset` when they cannot be had: trimmed, of another epoch, or beyond the newest.
    """
    async with resources.begin_read() as read:
        batch = await lists.list_events(read, actor, ListId(list_id), epoch, since)
    return Response(batch.encode(), media_type="application/json")
