"""An assistant of Ana, who owns a list with labels that Ben edits and Vera views."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest_asyncio

from shared.actor import Actor
from shared.contract.shapes import Colour, Role
from shared.ids import ListId
from shared.labels.commands import create_label
from shared.resources import Resources
from tests.support.api_server import InProcessNode
from tests.support.api_tokens import insert_api_token
from tests.support.mcp_client import Assistant, assistant_of
from tests.support.world_builder import World


@dataclass(frozen=True)
class Household:
    """Users in Berlin and their list "Home"; Ana also has "Work"."""

    ana: Actor
    ben: Actor
    vera: Actor
    home: ListId
    work: ListId


@pytest_asyncio.fixture
async def household(world: World) -> Household:
    ana, ben, vera = [await world.user(name) for name in ("Ana", "Ben", "Vera")]
    members = (ben, Role.EDITOR), (vera, Role.VIEWER)
    home = await world.list(ana, *members, name="Home")
    work = await world.list(ana, name="Work")
    for name in ("shop", "garden"):
        await world.run(create_label, ana, home, name, Colour.BLUE)
    return Household(ana, ben, vera, home, work)


@pytest_asyncio.fixture
async def assistant(
    server: InProcessNode, resources: Resources, household: Household
) -> AsyncIterator[Assistant]:
    token = await insert_api_token(resources, household.ana)
    connected: asyncio.Future[Assistant] = asyncio.get_running_loop().create_future()
    ends = asyncio.Event()

    # In a task of its own: the SDK closes only in the task that opened it, and fixtures are in several.
    async def connect() -> None:
        async with assistant_of(server, token.text) as opened:
            connected.set_result(opened)
            await ends.wait()

    async with asyncio.TaskGroup() as group:
        group.create_task(connect())
        yield await connected
        ends.set()
