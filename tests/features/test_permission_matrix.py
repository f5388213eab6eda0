"""Every route × every kind of caller, compared with a golden table that is reviewed by hand.

permission_matrix.txt has a row per route and a column per caller; a cell is the status code. A
route without a row, a row without a route and a cell that differs each fail. The table is edited by
hand, cell by cell. Each answer is also compared with the OpenAPI document.
"""

from pathlib import Path

import httpx
import pytest

from shared.settings import Settings
from tests.support.features.documented_answers import fault_of_document
from tests.support.features.permissions import (
    CALLERS,
    ROUTES,
    STREAM,
    PermissionScenario,
    routes_of_the_api,
)
from tests.support.features.route_attempts import SavedScenario, try_route
from tests.support.world_builder import World

TABLE = Path(__file__).with_name("permission_matrix.txt")

# The scenario's export has no bytes.
EXPORT = "GET /users/me/exports/{export_id}/content"

# Callers who must get 404 from every route about one list, whatever the table says.
OUTSIDERS = ("stranger", "removed", "other_owner", "moderator", "admin", "other_list_token")


def expected_statuses() -> dict[str, dict[str, str]]:
    lines = [line.split() for line in TABLE.read_text().splitlines() if line[:1] not in ("", "#")]
    header, *rows = lines
    assert tuple(header[2:]) == CALLERS
    return {f"{row[0]} {row[1]}": dict(zip(CALLERS, row[2:], strict=True)) for row in rows}


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    assert set(expected_statuses()) == routes_of_the_api()
    assert set(ROUTES) == routes_of_the_api()


@pytest.fixture(scope="module")
def saved_scenario(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, redis_url: str
) -> SavedScenario:
    return SavedScenario(tmp_path_factory.mktemp("permissions"), sqlite_template, redis_url)


# Permissions do not depend on the kind of database.
@pytest.mark.parametrize("route", sorted(ROUTES))
async def test_each_caller_gets_the_status_of_the_table(
    route: str, saved_scenario: SavedScenario
) -> None:
    attempts = await try_route(route, saved_scenario)

    expected = expected_statuses()[route]
    assert {caller: str(attempts[caller].answer.status_code) for caller in CALLERS} == expected
    assert {caller: str(attempts[caller].when_cached) for caller in CALLERS} == expected
    assert [caller for caller in CALLERS if attempts[caller].refused_but_changed] == []
    method, path = route.replace(STREAM, "GET").split()
    for caller in CALLERS:
        if route != EXPORT or attempts[caller].answer.status_code != 200:
            assert fault_of_document(method, path, attempts[caller].answer) == "", caller
    if "{list_id}" in route or "{todo_id}" in route:
        for caller in OUTSIDERS:
            # No API token changes members: it hears so of every list, of this one or of none.
            is_token = caller == "other_list_token"
            assert attempts[caller].answer.status_code in ((403, 404) if is_token else (404,))
            assert attempts[caller].same_as_for_a_random_id


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_no_route_takes_an_api_token_by_http_basic(
    client: httpx.AsyncClient, world: World, settings: Settings
) -> None:
    scenario = PermissionScenario(client, world, settings)
    await scenario.build()
    client.auth = httpx.BasicAuth("owner@example.com", scenario.tokens["write_token"].text)

    # Without headers of its own, as an anonymous caller. Sorted: after the registration, the sign-in
    # of that address gets another answer.
    statuses = {
        route: str((await scenario.send(route, "anonymous", scenario.ids)).status_code)
        for route in sorted(ROUTES)
    }

    expected = expected_statuses()
    assert {
        route: status
        for route, status in statuses.items()
        if status != expected[route]["anonymous"]
    } == {}
