"""POST /mcp: one JSON-RPC message in, one out. Stateless: nothing is kept between two requests.

There is no stream from the server (GET) and no session to end (DELETE): both are 405.
"""

from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.types import Receive, Scope, Send

from api.http.dependencies import OpenResources
from api.http.input_checks import BODY, JSON_BODY
from api.http.paths import MCP
from api.http.problems import problem_response
from api.http.rate_limits import Limits
from api.mcp.authentication import McpActor
from api.mcp.calls import ToolCall
from api.mcp.mcp_endpoint import CALL, LIMITS, McpEndpoint

# Not in the OpenAPI document: the protocol describes itself (tools/list).
router = APIRouter(include_in_schema=False)


@router.post(MCP)
async def answer_mcp_message(
    request: Request, resources: OpenResources, actor: McpActor, limits: Limits
) -> Response:
    """Answer a message of the Model Context Protocol."""
    if not _is_message(request.scope.get(JSON_BODY)):
        # The SDK's own answer would repeat what was sent.
        return problem_response(400, "bad_json", "Send one JSON-RPC 2.0 message.")
    state = request.app.state
    size = len(request.scope.get(BODY, b""))
    request.scope[CALL] = ToolCall(actor, resources, state.page_reader, state.write_quota, size)
    request.scope[LIMITS] = limits
    return _McpResponse(state.mcp)


def _is_message(sent: Any) -> bool:
    """Return True for a JSON-RPC 2.0 request, notification or response. A batch is none (MCP 2025-06-18)."""
    if not isinstance(sent, dict) or sent.get("jsonrpc") != "2.0":
        return False
    params, message_id, method = sent.get("params"), sent.get("id"), sent.get("method")
    has_id = isinstance(message_id, str | int) and not isinstance(message_id, bool)
    if "method" not in sent:
        return has_id and ("result" in sent or "error" in sent)
    is_call = isinstance(method, str) and (has_id or "id" not in sent)
    return is_call and (isinstance(params, dict) or "params" not in sent)


class _McpResponse(Response):
    """The response that the SDK writes."""

    def __init__(self, endpoint: McpEndpoint) -> None:
        super().__init__()
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._endpoint.handle(scope, receive, send)
