"""Three devices of two users edit without a network, with reloads between, and then agree with the server.

The modules of the web client run in deno against the real server. Their network loses answers.
"""

import os
from pathlib import Path

import pytest
from deno import find_deno_bin

from shared.contract.api_tokens import TokenScope
from shared.contract.shapes import Role
from shared.settings import ROOT
from tests.support.api_server import InProcessNode
from tests.support.api_tokens import insert_api_token
from tests.support.services.processes import running
from tests.support.world_builder import World

PROGRAM = ROOT / "tests/web/unit/support/offline_convergence.js"
# More for a search: LIVELIST_SEEDS=100.
SEEDS = range(int(os.environ.get("LIVELIST_SEEDS", "3")))


@pytest.mark.parametrize("seed", SEEDS)
async def test_random_offline_edits_converge_with_nothing_lost_or_doubled(
    world: World, server: InProcessNode, deno_cache: Path, seed: int
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    lists = [await world.list(ana, (ben, Role.EDITOR), name=name) for name in ("Groceries", "Trip")]
    tokens = [
        (await insert_api_token(world.resources, each, TokenScope.WRITE)).text
        for each in (ana, ana, ben)
    ]

    command = [find_deno_bin(), "run", "--no-remote", "--no-check", "--allow-net=127.0.0.1"]
    environment = {"DENO_DIR": str(deno_cache), "DENO_NO_UPDATE_CHECK": "1", "NO_COLOR": "1"}
    arguments = [str(PROGRAM), server.url, ",".join(lists), str(seed), *tokens]
    async with running("devices", [*command, *arguments], environment) as program:
        assert await program.wait() == 0, program.log

    assert "converged:" in "\n".join(program.lines)
