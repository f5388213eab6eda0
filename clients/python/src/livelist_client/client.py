"""The client of one user at one server."""

import ssl
from types import TracebackType
from typing import Self

import httpx

from livelist_client.credentials import Credentials, Token
from livelist_client.limits import DEFAULT_LIMITS, Limits
from livelist_client.live.live import Live
from livelist_client.rest.lists import Account, Labels, Lists
from livelist_client.rest.requests import Requests
from livelist_client.rest.todos import Comments, Reminders, Todos


class Client:
    """Sign in with `token`, or with `credentials` that can be renewed.

    `url` is the address of the site, such as `https://todo.example.org`. Close the client, or use it as an
    async context manager. `transport` replaces that of httpx; `tls` sets the certificates of the socket.
    """

    def __init__(
        self,
        url: str,
        token: str = "",
        *,
        credentials: Credentials | None = None,
        limits: Limits = DEFAULT_LIMITS,
        transport: httpx.AsyncBaseTransport | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._limits, self._tls = limits, tls
        self._requests = Requests(url, credentials or Token(token), limits, transport)
        self.account = Account(self._requests)
        self.lists = Lists(self._requests)
        self.labels = Labels(self._requests)
        self.todos = Todos(self._requests)
        self.comments = Comments(self._requests)
        self.reminders = Reminders(self._requests)

    def follow(self, *list_ids: str) -> Live:
        """Follow these lists; without any, all active lists of the user and the user's own data.

        A token of some lists follows lists by their ids alone.
        """
        return Live(self._requests, list_ids or None, self._limits, self._tls)

    async def close(self) -> None:
        await self._requests.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()
