"""The example in docs/mcp.md, run as its reader would run it."""

import asyncio
import os
import re
import sys

import pytest

from shared.settings import ROOT
from tests.features.mcp.conftest import Household
from tests.support.api_server import InProcessNode
from tests.support.api_tokens import insert_api_token
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.world_builder import World


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_example_adds_a_todo_and_prints_the_day(
    server: InProcessNode, household: Household, world: World
) -> None:
    [code] = re.findall(r"```python\n(.*?)```", (ROOT / "docs/mcp.md").read_text(), re.DOTALL)
    token = await insert_api_token(world.resources, household.ana)
    settings = {"LIVELIST_URL": server.url, "LIVELIST_TOKEN": token.text, "NO_PROXY": "*"}

    program = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code,
        env=os.environ | settings, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    output, errors = await asyncio.wait_for(program.communicate(), DEADLINE_SECONDS)

    assert program.returncode == 0, errors.decode()
    assert output.decode().splitlines() == [
        "added Buy milk",
        "refused: List 'Hme' not found. There are: 'Home', 'Work'.",
        "today: Buy milk",
    ]
