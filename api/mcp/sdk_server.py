"""The server of the SDK: it speaks the protocol; the tools are ours. Imported late (mcp_endpoint.py)."""

import json
from typing import Any

import mcp_types as types
from mcp.server.lowlevel.server import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.shared.exceptions import MCPError

from api.http.input_checks import MAX_BODY_BYTES
from api.http.rate_limits import MCP_CALL
from api.mcp.calls import ToolCall
from api.mcp.mcp_endpoint import CALL, LIMITS
from api.mcp.tool_errors import sentence_of
from api.mcp.tools import INSTRUCTIONS, TOOLS, TOOLS_BY_NAME, Tool
from shared import metrics
from shared.version import VERSION

LISTED = types.ListToolsResult(
    tools=[
        types.Tool(
            name=tool.name,
            title=tool.title,
            description=tool.description,
            input_schema=tool.input_schema(),
            output_schema=tool.output_schema(),
            annotations=types.ToolAnnotations(
                title=tool.title,
                read_only_hint=tool.reads_only,
                destructive_hint=tool.is_destructive,
                idempotent_hint=tool.is_idempotent,
                open_world_hint=False,
            ),
        )
        for tool in TOOLS
    ]
)


def make_session_manager(site_name: str) -> StreamableHTTPSessionManager:
    """Return the application of the SDK, without sessions and streams (docs/decisions/0035)."""
    server: Server[Any] = Server(
        "livelist",
        version=VERSION,
        title=site_name,
        instructions=INSTRUCTIONS,
        on_list_tools=_list_tools,
        on_call_tool=_call_tool,
    )
    # Spans that nobody exports: we have logs and metrics of our own.
    server.middleware.clear()
    # The route has checked Host, Origin and the size of the body.
    return StreamableHTTPSessionManager(
        server, json_response=True, stateless=True, max_request_body_size=MAX_BODY_BYTES
    )


async def _list_tools(_context: Any, _params: Any) -> types.ListToolsResult:
    return LISTED


async def _call_tool(context: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
    tool = TOOLS_BY_NAME.get(params.name)
    if tool is None:
        raise MCPError(code=types.INVALID_PARAMS, message="There is no such tool.")
    scope = context.request.scope
    call: ToolCall = scope[CALL]
    try:
        await scope[LIMITS].take(MCP_CALL, account=call.actor.user_id)
        result = await _run(tool, call, params.arguments or {})
    # Whatever it is, the model is told a sentence.
    except Exception as error:  # noqa: BLE001
        metrics.mcp_calls.labels(tool.name, "error").inc()
        text = types.TextContent(type="text", text=sentence_of(error, tool.arguments))
        return types.CallToolResult(content=[text], is_error=True)
    metrics.mcp_calls.labels(tool.name, "ok").inc()
    # Also as text, for clients that know no structured results (MCP 2025-06-18, Tools).
    text = types.TextContent(type="text", text=json.dumps(result, ensure_ascii=False))
    return types.CallToolResult(content=[text], structured_content=result)


async def _run(tool: Tool, call: ToolCall, arguments: dict[str, Any]) -> dict[str, Any]:
    sent = tool.arguments.model_validate(arguments)
    return (await tool.run(call, sent)).model_dump(mode="json")
