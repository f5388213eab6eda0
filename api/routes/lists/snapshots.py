"""Routes of list snapshots, with which a client begins; events.py has the events after them."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.http.dependencies import CurrentActor, OpenResources, PathId
from api.http.large_answers import OpenPageReader, page_sizes
from api.http.problems import problem_responses
from shared.contract.shapes import ListSnapshot, ListSnapshots
from shared.errors import Invalid
from shared.ids import ListId, is_id
from shared.snapshots import lists
from shared.unit_of_work import ReadTransaction

router = APIRouter(tags=["lists"])

# Lists and todos of each list in an answer, tried in turn until the answer is small enough.
_SIZES = ((lists.LISTS_PER_PAGE, lists.TODOS_PER_LIST), (5, 100), (1, 100), (1, 20), (1, 5), (1, 1))


@router.get(
    "/lists/{list_id}/snapshot",
    response_model=ListSnapshot,
    responses=problem_responses(401, 404, 409, 422, 429, 503),
)
async def read_list_snapshot(
    pages: OpenPageReader,
    actor: CurrentActor,
    list_id: PathId,
    # Fits the longest rank, a position and an id, encoded.
    cursor: Annotated[str | None, Query(max_length=600)] = None,
) -> Response:
    """Read a page of a list: members, labels, up to 500 todos, and the position to subscribe from.

    A page has fewer todos if they are larger than about 1 MiB. Every page carries the position of the
    first page, although later pages are newer. Once you have all pages, apply the events after that
    position, and keep the higher of two versions of a todo. Members and labels come with the first
    page. If the events after a cursor's position are no longer available, the answer is 409 `reset`:
    begin again without a cursor.
    """

    async def page(read: ReadTransaction, limit: int, max_bytes: int) -> bytes | None:
        return await lists.list_snapshot(
            read, actor, ListId(list_id), cursor, limit=limit, max_bytes=max_bytes
        )

    return pages.response(actor, await pages.read(page_sizes(lists.TODOS_PER_PAGE), page))


@router.get(
    "/users/me/list-snapshots",
    response_model=ListSnapshots,
    responses=problem_responses(401, 422, 429, 503),
)
async def read_list_snapshots(
    resources: OpenResources,
    pages: OpenPageReader,
    actor: CurrentActor,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
) -> Response:
    """Read the first pages of your lists that are neither archived nor in the trash, some at a time.

    Each item is the answer of `GET /lists/{list_id}/snapshot` with up to 100 todos: if it has a
    `next_cursor`, continue that list there.
    """
    if cursor is not None and not is_id(cursor):
        raise Invalid.field("cursor", "cursor", "This is not a cursor of ours.")
    async with resources.single_read() as read:
        list_ids = await lists.read_lists_in_use(read, actor, cursor or "")

    async def page(
        read: ReadTransaction, size: tuple[int, int], max_bytes: int
    ) -> tuple[int, list[bytes]] | None:
        count, limit = size
        found = await lists.list_snapshots(
            read, actor, list_ids[:count], limit=limit, max_bytes=max_bytes
        )
        return None if found is None else (count, found)

    count, found = await pages.read(_SIZES, page)
    following = f'"{list_ids[count - 1]}"' if len(list_ids) > count else "null"
    content = b'{"items":[' + b",".join(found) + f'],"next_cursor":{following}}}'.encode()
    return pages.response(actor, content)
