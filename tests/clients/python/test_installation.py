"""The package as a user installs it, and the command without a server."""

import asyncio
import shutil
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from livelist_client import VERSION
from shared.settings import ROOT
from tests.support.clients.command_line import Terminal
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.faults.api_nodes import free_port

# The bootstrap puts uv there.
UV = shutil.which("uv", path=str(Path(sys.prefix) / "uv/bin")) or shutil.which("uv")


async def run(*command: str | Path, folder: Path) -> str:
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    async with asyncio.timeout(DEADLINE_SECONDS):
        output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()


@pytest.mark.slow
@pytest.mark.skipif(UV is None, reason="needs uv, which builds without a download")
async def test_a_built_wheel_installs_the_typed_package_and_the_command(tmp_path: Path) -> None:
    assert UV is not None
    source = shutil.copytree(ROOT / "clients/python", tmp_path / "source")
    await run(UV, "build", "--offline", "--wheel", "--out-dir", tmp_path, folder=source)
    wheel = tmp_path / f"livelist_client-{VERSION}-py3-none-any.whl"
    fresh = tmp_path / "fresh"
    venv.create(fresh, with_pip=False)
    python = fresh / "bin/python"
    # The dependencies are those of the project, since a test downloads nothing.
    site = Path(
        await run(python, "-c", "import site; print(site.getsitepackages()[0])", folder=fresh)
    )
    (Path(str(site).strip()) / "project.pth").write_text(sysconfig.get_path("purelib"))
    install = (UV, "pip", "install", "--offline", "--no-deps", "--python", python, wheel)
    await run(*install, folder=fresh)

    said = await run(fresh / "bin/livelist", "--version", folder=tmp_path)
    found = await run(
        python, "-c", "import livelist_client as it; print(it.__file__)", folder=tmp_path
    )

    assert said == f"livelist, version {VERSION}\n"
    package = Path(found.strip()).parent
    assert package.is_relative_to(fresh)
    assert (package / "py.typed").exists()


async def test_without_a_server_the_command_ends_in_one_sentence(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    terminal = Terminal(tmp_path, {"LIVELIST_URL": url, "LIVELIST_TOKEN": "llt_x"})

    plain, as_json = await asyncio.gather(terminal.run("lists"), terminal.run("lists", "--json"))

    detail = '{"error": {"code": null, "detail": "127.0.0.1 cannot be reached."}}\n'
    assert (plain.code, plain.output, plain.errors) == (5, "", "127.0.0.1 cannot be reached.\n")
    assert (as_json.code, as_json.output, as_json.errors) == (5, "", detail)


async def test_without_a_sign_in_the_command_says_how_to_sign_in(tmp_path: Path) -> None:
    ended = await Terminal(tmp_path).run("list")

    assert (ended.code, ended.errors) == (3, "Sign in first: livelist login https://…\n")
