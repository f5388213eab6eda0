"""Search in all todos and comments that the caller may read."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.http import rate_limits
from api.http.dependencies import CurrentActor, OpenResources
from api.http.large_answers import OpenPageReader
from api.http.problems import problem_responses
from api.http.rate_limits import Limits
from api.routes.query_types import QueryInteger
from shared.contract.comments.found import SearchShape
from shared.search import queries

router = APIRouter(tags=["todos"], responses=problem_responses(401, 422))


@router.get("/search", response_model=SearchShape, responses=problem_responses(429))
async def search(
    resources: OpenResources,
    pages: OpenPageReader,
    actor: CurrentActor,
    limits: Limits,
    q: Annotated[str, Query(max_length=200)],
    limit: Annotated[QueryInteger, Query(ge=1, le=50)] = 30,
) -> Response:
    """Search all lists for todos and comments with all these words, also within other words.

    Case, accents, hyphens and the kind of quotes do not matter. If nothing has the words, the first three of
    4 to 20 letters may have one typo: a letter that is wrong, missing, too many, or swapped with the next.
    """
    await limits.take(rate_limits.SEARCH, account=actor.user_id)
    async with resources.single_read() as read:
        found = await queries.search(read, actor, q, limit)
    return pages.response(actor, found.model_dump_json().encode())
