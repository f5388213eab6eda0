"""Run JavaScript in deno, which the dependency group "dev" installs: no Node, no network."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

from deno import find_deno_bin

from tests.support.deadlines import DEADLINE_SECONDS

ROOT = Path(__file__).resolve().parents[3]

_PROGRAM = """
import * as module from {module};
const input = {argument};
console.log(JSON.stringify({expression}));
"""


async def run_deno(cache: Path, *arguments: str) -> tuple[int, str]:
    """Run deno in the project's root. Return its exit code and all that it printed."""
    options = {"DENO_DIR": str(cache), "DENO_NO_UPDATE_CHECK": "1", "NO_COLOR": "1"}
    process = await asyncio.create_subprocess_exec(
        find_deno_bin(), *arguments, cwd=ROOT, env=os.environ | options,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        output, _ = await asyncio.wait_for(process.communicate(), DEADLINE_SECONDS)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode is not None
    return process.returncode, output.decode()


async def evaluate(cache: Path, path: str, expression: str, argument: object = None) -> Any:
    """Return the JSON value of an expression over `module`, the file at `path`, and `input`."""
    program = _PROGRAM.format(
        module=json.dumps((ROOT / path).as_uri()),
        argument=json.dumps(argument),
        expression=expression,
    )
    code, output = await run_deno(cache, "eval", "--no-remote", program)
    assert code == 0, output
    return json.loads(output)
