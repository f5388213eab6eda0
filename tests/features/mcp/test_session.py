"""The session in docs/mcp.md is what happens. To record it anew: RECORD=1 before the command of this test."""

import json
import os
import re
from typing import Any

import httpx
import pytest

from shared.settings import ROOT
from tests.features.mcp.conftest import Household
from tests.support.api_tokens import insert_api_token
from tests.support.world_builder import World

PAGE = ROOT / "docs/mcp.md"
BEGIN, END = "<!-- session -->\n", "<!-- end of session -->\n"
WIDTH = 110
INITIALIZE = {
    "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "example", "version": "1"},
}  # fmt: skip
CALLS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("initialize", INITIALIZE),
    ("tools/call", {"name": "add_todo", "arguments": {"title": "Buy milk", "list": "home"}}),
    ("tools/call", {"name": "add_todo", "arguments": {"title": "Buy oats", "list": "Hom"}}),
)


def written(value: Any) -> str:
    """Return JSON on lines that fit the page, with ids and what a text repeats left out."""
    text = json.dumps(value, ensure_ascii=False)
    text = re.sub(r'"[0-9a-hjkmnp-tv-z]{26}"', '"…"', text)
    lines, line = [], ""
    for part in re.split(r"(?<=, )", text):
        if len(line) + len(part) > WIDTH:
            lines.append(line.rstrip())
            line = "  "
        line += part
    return "\n".join([*lines, line])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_session_in_the_documentation_is_what_happens(
    client: httpx.AsyncClient, household: Household, world: World
) -> None:
    token = await insert_api_token(world.resources, household.ana)
    headers = token.headers | {"Accept": "application/json, text/event-stream"}
    blocks = []
    for number, (method, params) in enumerate(CALLS, 1):
        message = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        answer = (await client.post("/mcp", json=message, headers=headers)).json()
        result = answer["result"]
        if "instructions" in result:
            result["instructions"] = result["instructions"][:60] + "…"
            result["serverInfo"]["version"] = "…"
        if "structuredContent" in result:
            result["content"][0]["text"] = "… the same as structuredContent …"
        blocks.append(f"→ {written(message)}\n← {written(answer)}\n")
    recorded = "```\n" + "\n".join(blocks) + "```\n"

    before, _, rest = PAGE.read_text().partition(BEGIN)
    documented, _, after = rest.partition(END)
    if os.environ.get("RECORD"):
        PAGE.write_text(before + BEGIN + recorded + END + after)
    else:
        assert documented == recorded
