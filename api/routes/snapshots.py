"""Route of list snapshots, with which a client begins. api/routes/events.py has the events after it."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.http.dependencies import CurrentActor, OpenResources, PathId
from api.http.problems import problem_responses
from api.http.responses import json_response
from shared.contract.shapes import ListSnapshot
from shared.ids import ListId
from shared.snapshots import lists

router = APIRouter(tags=["lists"], responses=problem_responses(401, 404, 409, 422))


@router.get("/lists/{list_id}/snapshot", response_model=ListSnapshot)
async def read_list_snapshot(
    resources: OpenResources,
    actor: CurrentActor,
    list_id: PathId,
    # Fits the longest rank, a position and an id, encoded.
    cursor: Annotated[str | None, Query(max_length=600)] = None,
) -> Response:
    """Read a page of a list: members, labels, up to 500 todos, and the position to subscribe from.

    Every page carries the position of the first page, although later pages are newer. Once you have all
    pages, apply the events after that position, and keep the higher of two versions of a todo.
    Members and labels come with the first page. If the events after a cursor's position are no
    longer available, the answer is 409 `reset`: begin again without a cursor.
    """
    async with resources.begin_read() as read:
        shape = await lists.list_snapshot(read, actor, ListId(list_id), cursor)
    return json_response(shape)
