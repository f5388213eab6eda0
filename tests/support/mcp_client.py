"""A client of the MCP SDK for a running server, and calls of tools as tests write them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult, TextContent

from tests.support.api_server import ApiNode
from tests.support.deadlines import DEADLINE_SECONDS


class Assistant:
    """A program that calls tools with one token."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def call(self, tool: str, /, **arguments: Any) -> dict[str, Any]:
        """Call a tool and return its result, which the SDK has compared with the tool's schema."""
        result = await self._call(tool, arguments)
        assert not result.is_error, _text_of(result)
        found: dict[str, Any] = result.structured_content
        return found

    async def refusal(self, tool: str, /, **arguments: Any) -> str:
        """Call a tool that must fail, and return what the model is told."""
        result = await self._call(tool, arguments)
        assert result.is_error, result.structured_content
        return _text_of(result)

    async def _call(self, tool: str, arguments: dict[str, Any]) -> CallToolResult:
        return await self.client.call_tool(tool, arguments)


def _text_of(result: CallToolResult) -> str:
    [content] = result.content
    assert isinstance(content, TextContent)
    return content.text


@asynccontextmanager
async def assistant_of(
    node: ApiNode, token: str, *, mode: str = "auto", **headers: str
) -> AsyncIterator[Assistant]:
    """Yield an assistant that is connected. `mode`: `legacy` begins with `initialize`."""
    sent = {"Authorization": f"Bearer {token}"} | headers
    async with (
        httpx2.AsyncClient(headers=sent, trust_env=False, timeout=DEADLINE_SECONDS) as http_client,
        Client(
            streamable_http_client(f"{node.url}/mcp", http_client=http_client), mode=mode
        ) as client,
    ):
        yield Assistant(client)
