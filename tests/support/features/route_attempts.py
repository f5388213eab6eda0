"""Send the request of a route as each caller of the permission matrix."""

import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

from shared.clock import monotonic
from shared.ids import new_id
from shared.resources import open_resources
from tests.support.api_server import client_of, running_app
from tests.support.features.permissions import (
    CALLERS,
    EMOJI,
    GUESTS,
    ROUTES,
    STREAM,
    TOKENS,
    PermissionScenario,
)
from tests.support.settings import plain_settings
from tests.support.world_builder import World

# Its sign-ins confirm changes of credentials for fifteen minutes.
SAVED_FOR_SECONDS = 300


@dataclass(frozen=True)
class Outcome:
    """What a caller got. `when_cached`: a token or guest that was refused, again while it is cached."""

    answer: httpx.Response
    when_cached: int
    refused_but_changed: bool
    same_as_for_a_random_id: bool


class SavedScenario:
    """A permission scenario that is built once, and copied with its database and files for each use.

    Building one takes 100 ms of processor time. An application on a copy takes 20, and knows nothing of
    the one before.
    """

    def __init__(self, folder: Path, template: Path, redis_url: str) -> None:
        self._saved, self._copy = folder / "saved", folder / "copy"
        self._template = template
        self._redis_url = redis_url
        self._scenario: PermissionScenario | None = None
        self._built_at = 0.0

    @asynccontextmanager
    async def restored(self) -> AsyncIterator[PermissionScenario]:
        """Yield the scenario as it was built, in an application of its own."""
        if self._scenario is None or monotonic() - self._built_at > SAVED_FOR_SECONDS:
            self._scenario = await self._build()
        shutil.copytree(self._saved, self._copy)
        try:
            async with self._opened(self._copy) as opened:
                saved = self._scenario
                yield replace(
                    opened,
                    users=saved.users,
                    ids=dict(saved.ids),
                    tokens=saved.tokens,
                    guests=saved.guests,
                )
        finally:
            shutil.rmtree(self._copy)

    async def _build(self) -> PermissionScenario:
        shutil.rmtree(self._saved, ignore_errors=True)
        self._saved.mkdir()
        shutil.copy(self._template, self._saved / "livelist.db")
        self._built_at = monotonic()
        async with self._opened(self._saved) as scenario:
            await scenario.build()
        return scenario

    @asynccontextmanager
    async def _opened(self, folder: Path) -> AsyncIterator[PermissionScenario]:
        """Yield an empty scenario on the database and the files of a folder."""
        settings = plain_settings(
            folder,
            database_url=f"sqlite+aiosqlite:///{folder / 'livelist.db'}",
            redis_url=self._redis_url,
        )
        async with open_resources(settings) as resources:
            if resources.redis is not None:
                await resources.redis.flushdb()
            async with running_app(settings) as app, client_of(app) as client:
                yield PermissionScenario(client, World(resources), settings)


async def try_route(route: str, saved: SavedScenario) -> dict[str, Outcome]:
    """Send the request of a route as each caller, and return the outcomes.

    Restore the scenario after each admitted write, which may have changed the list.
    """
    outcomes: dict[str, Outcome] = {}
    while len(outcomes) < len(CALLERS):
        async with saved.restored() as scenario:
            for caller in CALLERS[len(outcomes) :]:
                outcomes[caller] = await _try_caller(route, caller, scenario)
                refused = outcomes[caller].answer.status_code >= 400
                if not refused and not route.startswith(("GET ", STREAM)) and _names_an_id(route):
                    break
    return outcomes


async def _try_caller(route: str, caller: str, scenario: PermissionScenario) -> Outcome:
    before = await scenario.events()
    answer = await scenario.send(route, caller, scenario.ids)
    refused = answer.status_code >= 400
    changed = await scenario.events() != before
    is_same = False
    if _names_an_id(route):
        random_ids = {name: new_id() for name in scenario.ids} | {"emoji": EMOJI}
        for_random_ids = await scenario.send(route, caller, random_ids)
        is_same = _without_request_id(answer) == _without_request_id(for_random_ids)
    when_cached = answer.status_code
    if refused and (caller in TOKENS or caller in GUESTS):
        when_cached = (await scenario.send_while_cached(route, caller)).status_code
        changed = await scenario.events() != before
    return Outcome(answer, when_cached, refused and changed, is_same)


def _names_an_id(route: str) -> bool:
    return "_id}" in f"{route} {ROUTES[route]}"


def _without_request_id(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, re.sub(r'"request_id":"[^"]*"', "", answer.text)
