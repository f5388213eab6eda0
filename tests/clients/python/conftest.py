"""A user with an API token and a list, and clients of a real server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest_asyncio

from livelist_client import Client, Limits
from shared.actor import Actor
from shared.ids import ListId
from shared.resources import Resources
from tests.support.api_server import InProcessNode
from tests.support.api_tokens import InsertedToken, insert_api_token
from tests.support.world_builder import World


class UnreliableTransport(httpx.AsyncHTTPTransport):
    """Sends every request, and replaces the next answers by what `faults` names.

    An exception is raised after the server has handled the request, as when the network is lost then. A
    response is returned without asking the server.
    """

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[Exception | httpx.Response] = []
        self.sent: list[httpx.Request] = []
        self.answers: list[httpx.Response] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        fault = self.faults.pop(0) if self.faults else None
        if isinstance(fault, httpx.Response):
            return fault
        response = await super().handle_async_request(request)
        await response.aread()
        if fault is not None:
            raise fault
        self.answers.append(response)
        return response


@dataclass(frozen=True)
class Account:
    """One user as a program sees them."""

    resources: Resources
    actor: Actor
    token: InsertedToken
    list_id: ListId
    server: InProcessNode

    @asynccontextmanager
    async def client(
        self, transport: httpx.AsyncBaseTransport | None = None, limits: Limits | None = None
    ) -> AsyncIterator[Client]:
        opened = Client(
            self.server.url, self.token.text, transport=transport, limits=limits or Limits()
        )
        async with opened:
            yield opened


@pytest_asyncio.fixture
async def account(resources: Resources, world: World, server: InProcessNode) -> Account:
    ana = await world.user("Ana")
    list_id = await world.list(ana, name="Trip")
    return Account(resources, ana, await insert_api_token(resources, ana), list_id, server)
