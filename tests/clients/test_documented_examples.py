"""The examples of docs/clients.md, run as their readers would run them."""

import asyncio
import os
import re
import sys
from pathlib import Path

import pytest
from deno import find_deno_bin

from shared.ids import user_stream
from shared.lists.commands import create_inbox
from shared.resources import Resources
from shared.settings import ROOT
from tests.clients.javascript.conftest import deno_cache, program_folder
from tests.support.api_server import InProcessNode
from tests.support.api_tokens import insert_api_token
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.world_builder import World

__all__ = ["deno_cache", "program_folder"]
PAGE = ROOT / "docs/clients.md"
EXAMPLES: dict[str, tuple[str, str]] = {
    title: (language, code)
    for title, language, code in re.findall(
        r"^### ([^\n]+)\n\n.*?```(\w+)\n(.*?)```", PAGE.read_text(), re.DOTALL | re.MULTILINE
    )
}


@pytest.mark.parametrize("title", EXAMPLES)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_example_adds_a_todo_and_prints_it(
    title: str,
    server: InProcessNode,
    resources: Resources,
    world: World,
    program_folder: Path,
    deno_cache: Path,
) -> None:
    ana = await world.user("Ana")
    async with resources.begin() as work:
        await work.lock_streams([user_stream(ana.user_id)])
        await create_inbox(work, ana.user_id)
    token = await insert_api_token(resources, ana)
    language, code = EXAMPLES[title]
    command = program_folder / "livelist"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m livelist_client "$@"\n')
    command.chmod(0o755)
    (program_folder / "main.mjs").write_text(code)
    deno = [find_deno_bin(), "run", "--cached-only", "--allow-env", "--allow-net=127.0.0.1"]
    commands = {
        "python": [sys.executable, "-c", code],
        "sh": ["sh", "-ec", code],
        "javascript": [*deno, "--allow-read=.", "main.mjs"],
    }
    environment = os.environ | {
        "PATH": f"{program_folder}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT / "clients/python/src"), "HOME": str(program_folder),
        "DENO_DIR": str(deno_cache), "DENO_NO_UPDATE_CHECK": "1", "NO_COLOR": "1", "NO_PROXY": "*",
        "LIVELIST_URL": server.url, "LIVELIST_TOKEN": token.text,
    }  # fmt: skip

    program = await asyncio.create_subprocess_exec(
        *commands[language], env=environment, cwd=program_folder,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(DEADLINE_SECONDS):
        output, errors = await program.communicate()

    assert (program.returncode, output.decode()) == (0, "Buy milk\n"), errors.decode()


def test_each_kind_of_client_has_an_example() -> None:
    assert len(EXAMPLES) == 5
