"""Run the unit tests of the client's pure modules, tests/web/unit/*.test.js, in deno."""

import re
from pathlib import Path

import pytest

from tests.support.web.deno import run_deno

FILES = sorted((Path(__file__).parent / "unit").glob("*.test.js"))


def test_the_files_of_unit_tests_are_found() -> None:
    assert FILES


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name.removesuffix(".test.js"))
async def test_the_javascript_unit_tests_pass(path: Path, deno_cache: Path) -> None:
    # Types are checked by deno check, over all files at once.
    code, output = await run_deno(deno_cache, "test", "--no-check", "--no-remote", str(path))

    assert code == 0, f"\n{output}"
    assert " passed" in output, f"\n{output}"
    assert not re.search(r"\d ignored", output), f"\n{output}"
