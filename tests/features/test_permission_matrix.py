"""Every route × every kind of caller, against a golden table that people review.

permission_matrix.txt has a row a route and a column a caller: the status they get. A route without
a row fails, a row without a route fails, a cell that differs fails; it is changed by hand, cell by
cell.
"""

from pathlib import Path

import httpx
import pytest

from shared.settings import Settings
from tests.support.features.permissions import CALLERS, ROUTES, routes_of_the_api, try_route
from tests.support.world_builder import World

GOLDEN = Path(__file__).with_name("permission_matrix.txt")

# What a caller of each kind must get where the route concerns one list, whatever the table says.
OUTSIDERS = ("stranger", "removed", "other_owner", "moderator", "admin")


def golden() -> dict[str, dict[str, str]]:
    lines = [line.split() for line in GOLDEN.read_text().splitlines() if line[:1] not in ("", "#")]
    header, *rows = lines
    assert tuple(header[2:]) == CALLERS
    return {f"{row[0]} {row[1]}": dict(zip(CALLERS, row[2:], strict=True)) for row in rows}


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    assert set(golden()) == routes_of_the_api()
    assert set(ROUTES) == routes_of_the_api()


# Which caller may do what does not depend on the database; one kind keeps this under a minute.
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("route", sorted(ROUTES))
async def test_each_caller_gets_the_status_of_the_table(
    route: str, client: httpx.AsyncClient, world: World, settings: Settings
) -> None:
    attempts = await try_route(route, client, world, settings)

    assert {caller: str(attempts[caller].status) for caller in CALLERS} == golden()[route]
    assert [caller for caller in CALLERS if attempts[caller].refused_but_changed] == []
    if "{list_id}" in route or "{todo_id}" in route:
        for caller in OUTSIDERS:
            assert attempts[caller].status == 404
            assert attempts[caller].same_as_for_a_random_id
