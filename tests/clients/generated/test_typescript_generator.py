"""openapi-typescript, an npm package that deno runs, makes types from our OpenAPI document."""

import json
import os
import re
from pathlib import Path

import pytest
from deno import find_deno_bin

from shared.settings import ROOT
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.openapi_document import DOCUMENT
from tests.support.services.processes import running

HERE = Path(__file__).parent
GENERATOR = json.loads((HERE / "deno.json").read_text())["imports"]["openapi-typescript"]
# As the steps of `./livelist check` do: packages of 30 MB are downloaded once.
DENO = {"DENO_DIR": str(ROOT / ".deno_cache"), "DENO_NO_UPDATE_CHECK": "1", "NO_COLOR": "1"}
CONFIG = ("--config", str(HERE / "deno.json"), "--frozen")
# A registry that does not answer; every other failure, such as a wrong checksum, is one.
UNREACHABLE = re.compile(
    r"tcp connect error|dns error|timed out|error sending request|\b(403|407|5\d\d) [a-z]",
    re.IGNORECASE,
)
PROGRAM = """
import type { components, operations, paths } from './api.ts';

type Created = paths['/api/v1/todos']['post']['responses']['201']['content']['application/json'];
const created: Created = {} as components['schemas']['TodoShape'];
const title: string = created.title;
type Listed = operations['list_todos']['responses']['200']['content']['application/json'];
const first = (page: Listed): Created => page.items[0];
console.log(title, first);
// @ts-expect-error a todo has one of four states
created.status = 'burnt';
// @ts-expect-error there is no such address
type None = paths['/api/v1/none'];
"""


async def test_generated_typescript_types_are_complete(tmp_path: Path) -> None:
    await install()
    (tmp_path / "openapi.json").write_text(json.dumps(DOCUMENT))
    (tmp_path / "main.ts").write_text(PROGRAM)

    permissions = ["--allow-read", "--allow-env", "--allow-sys", f"--allow-write={tmp_path}"]
    generated = await deno("run", *CONFIG, "--cached-only", *permissions, GENERATOR, "openapi.json",
                           "--output", "api.ts", folder=tmp_path)  # fmt: skip
    checked = await deno("check", "--no-config", "main.ts", folder=tmp_path)

    assert generated[0] == 0, generated[1]
    assert not re.search(r"warn|error|⚠", generated[1], re.IGNORECASE), generated[1]
    assert checked[0] == 0, checked[1]


def test_the_lock_names_no_registry() -> None:
    # Then deno takes the public one, or that of the machine.
    assert "://" not in (HERE / "deno.lock").read_text()


async def install() -> None:
    """Install the generator. Skip the test where no npm registry answers, unless one is promised."""
    try:
        code, log = await deno("install", *CONFIG, folder=HERE)
    except TimeoutError:
        code, log = 1, f"timed out after {DEADLINE_SECONDS} s"
    if code != 0 and UNREACHABLE.search(log) and not os.environ.get("LIVELIST_TEST_NPM"):
        pytest.skip("openapi-typescript is not installed, and the npm registry does not answer")
    assert code == 0, log


async def deno(*arguments: str, folder: Path) -> tuple[int, str]:
    """Run deno in a folder. Return its exit code and all that it printed."""
    async with running("deno", [find_deno_bin(), *arguments], DENO, folder=folder) as process:
        return await process.wait(), process.log
