"""What programs see of the tools changes only on purpose: tools.json is the list as it is sent.

To change it: `.venv/bin/python -m tests.features.mcp.test_tool_list`.
"""

import re
from pathlib import Path

import orjson

from api.mcp import sdk_server
from api.mcp.tools import INSTRUCTIONS, TOOLS
from shared.contract.base import Body
from tests.architecture.source import modules

FILE = Path(__file__).with_name("tools.json")
# What programs put into the context of a model, with every question of its user. Schemas of results are
# for the programs themselves.
MAX_BYTES_IN_CONTEXT = 11_000


def listed() -> bytes:
    tools = sdk_server.LISTED.model_dump(mode="json", by_alias=True, exclude_none=True)["tools"]
    return orjson.dumps(tools, option=orjson.OPT_INDENT_2) + b"\n"


def test_the_list_of_tools_is_the_recorded_one() -> None:
    assert listed() == FILE.read_bytes(), (
        "run: .venv/bin/python -m tests.features.mcp.test_tool_list"
    )


def test_the_list_of_tools_fits_in_the_context_of_a_model() -> None:
    tools = orjson.loads(listed())
    for tool in tools:
        del tool["outputSchema"]

    assert len(orjson.dumps(tools)) < MAX_BYTES_IN_CONTEXT
    assert len(INSTRUCTIONS) < 700


def test_one_module_imports_the_sdk_and_it_is_imported_late() -> None:
    text = {module.path: module.text for module in modules("shared", "realtime", "api")}

    importing = {
        path for path in text if re.search(r"^(?:from|import) mcp[. _]", text[path], re.MULTILINE)
    }
    named = {path for path in text if "sdk_server" in text[path]}

    assert importing == {"api/mcp/sdk_server.py"}
    assert named == {"api/mcp/__init__.py", "api/mcp/mcp_endpoint.py"}
    assert 'import_module, "api.mcp.sdk_server"' in text["api/mcp/mcp_endpoint.py"]


def test_every_hint_is_true() -> None:
    readers = {tool.name for tool in TOOLS if tool.reads_only}

    assert readers == {"find_todos", "get_todo", "list_lists", "plan_my_day"}
    assert {tool.name for tool in TOOLS if tool.is_destructive} == {"edit_todo", "delete_todo"}
    assert {tool.name for tool in TOOLS if not tool.is_idempotent} == {
        "add_todo",
        "comment_on_todo",
    }


def test_no_tool_takes_unknown_arguments() -> None:
    assert all(issubclass(tool.arguments, Body) for tool in TOOLS)
    assert all(tool.input_schema()["additionalProperties"] is False for tool in TOOLS)


if __name__ == "__main__":
    FILE.write_bytes(listed())
