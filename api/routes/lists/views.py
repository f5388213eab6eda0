"""The route of how you look at a list: filter, order and groups. Nobody else sees it."""

from fastapi import APIRouter, Response

from api.http.command_runner import Runner
from api.http.dependencies import PathId
from api.http.problems import problem_responses
from shared.contract.own_lists.views import ListView
from shared.contract.shapes import MyListShape
from shared.ids import ListId
from shared.lists import views
from shared.unit_of_work import UnitOfWork

router = APIRouter(tags=["lists"], responses=problem_responses(401, 403, 404, 422))


@router.put("/lists/{list_id}/view", response_model=MyListShape, responses=problem_responses(409))
async def set_list_view(runner: Runner, list_id: PathId, body: ListView) -> Response:
    """Set the filter, the order and the groups with which you look at a list, on all your devices."""

    async def set_view(work: UnitOfWork) -> MyListShape:
        return await views.set_view(work, runner.actor, ListId(list_id), body)

    return await runner.run(set_view)
