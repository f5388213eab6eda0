"""What every route answers about something that was deleted, for each route that the API has.

A todo in the trash is not found by reads, and refuses writes as "in the trash". A list in the trash is not
found. What is deleted for good, such as a comment, is not found either.
"""

from collections.abc import Iterator

import httpx
import pytest

from shared.settings import Settings
from tests.support.features.permissions import API, STREAM, PermissionScenario, routes_of_the_api
from tests.support.world_builder import World

NOT_FOUND, IN_TRASH = "404 not_found", "409 in_trash"
# What a todo and a list in the trash can still do: get out of it, and be deleted again or for good.
OUT_OF_TRASH = {"POST /todos/{todo_id}/restore": "200", "DELETE /todos/{todo_id}": "204"}
RESTORE_LIST = "POST /lists/{list_id}/restore"
# A secret of the caller's own is revoked anywhere.
REVOKE_ADDRESS = "DELETE /lists/{list_id}/email-address"
# The routes that delete for good what they name, and the id which is unknown afterwards.
DELETIONS = {
    "DELETE /lists/{list_id}/labels/{label_id}": "label_id",
    "DELETE /lists/{list_id}/invitations/{invitation_id}": "invitation_id",
    "DELETE /todos/{todo_id}/comments/{comment_id}": "comment_id",
    "DELETE /todos/{todo_id}/reminders/{reminder_id}": "reminder_id",
}


@pytest.fixture
async def scenario(
    client: httpx.AsyncClient, world: World, settings: Settings
) -> PermissionScenario:
    scenario = PermissionScenario(client, world, settings)
    await scenario.build()
    return scenario


def _routes_with(name: str) -> Iterator[str]:
    """Return the routes with this id in their path; those that delete or restore it come last."""
    last = ("DELETE", "POST /todos/{todo_id}/restore")
    routes = [route for route in routes_of_the_api() if f"{{{name}}}" in route]
    yield from sorted(routes, key=lambda route: (route.startswith(last), route))


async def _answers(scenario: PermissionScenario, routes: Iterator[str]) -> dict[str, str]:
    """Send the request of each route as the owner; return status, and code if it was refused."""
    answers = {}
    for route in routes:
        answer = await scenario.send(route, "owner", scenario.ids)
        code = answer.json()["code"] if answer.status_code >= 400 else ""
        answers[route] = f"{answer.status_code} {code}".strip()
    return answers


async def _delete(scenario: PermissionScenario, path: str) -> None:
    answer = await scenario.client.delete(
        API + path.format_map(scenario.ids), headers=scenario.headers("owner")
    )
    assert answer.status_code == 204


async def test_a_todo_in_the_trash_is_not_found_and_changes_only_by_leaving_it(
    scenario: PermissionScenario,
) -> None:
    await _delete(scenario, "/todos/{todo_id}")
    events = await scenario.events()

    answers = await _answers(
        scenario, (route for route in _routes_with("todo_id") if route not in OUT_OF_TRASH)
    )
    unchanged = await scenario.events() == events
    leaving = await _answers(scenario, iter(sorted(OUT_OF_TRASH)))

    expected = {route: NOT_FOUND if route.startswith("GET") else IN_TRASH for route in answers}
    assert answers == expected
    assert len(answers) > 12
    assert unchanged
    assert leaving == OUT_OF_TRASH


async def test_a_todo_in_the_trash_takes_no_bulk_edit_even_of_nothing(
    scenario: PermissionScenario,
) -> None:
    await _delete(scenario, "/todos/{todo_id}")

    answers = []
    for changes in ({"title": "New"}, {}, {"title": "New", "deleted": True}, {"deleted": True}):
        answer = await scenario.client.patch(
            f"{API}/todos/bulk",
            json={"ids": [scenario.ids["todo_id"]], "changes": changes},
            headers=scenario.headers("owner"),
        )
        answers.append(answer.status_code)

    assert answers == [409, 409, 409, 200]


async def test_a_list_in_the_trash_is_only_restored_with_all_that_it_holds(
    scenario: PermissionScenario,
) -> None:
    await _delete(scenario, "/lists/{list_id}")
    routes = [*_routes_with("list_id"), *_routes_with("todo_id"), "POST /invitations/accept"]
    routes += [route for route in routes_of_the_api() if "bulk" in route or route == "POST /todos"]

    left_out = {RESTORE_LIST, REVOKE_ADDRESS}
    answers = await _answers(scenario, (route for route in routes if route not in left_out))
    restored = await _answers(scenario, iter([RESTORE_LIST, "GET /todos/{todo_id}/comments"]))

    assert answers == dict.fromkeys(answers, NOT_FOUND)
    assert {STREAM, "GET", "POST"} <= {route.split()[0] for route in answers}
    assert set(restored.values()) == {"200"}


async def test_what_was_deleted_for_good_is_not_found_by_its_id(
    scenario: PermissionScenario,
) -> None:
    for route in DELETIONS:
        await _delete(scenario, route.split()[1])

    answers = await _answers(
        scenario, (route for name in DELETIONS.values() for route in _routes_with(name))
    )

    assert answers == dict.fromkeys(answers, NOT_FOUND)
    assert set(DELETIONS) < set(answers)
