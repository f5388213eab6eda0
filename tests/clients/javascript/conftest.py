"""The packed npm package, as a program that installed it finds it."""

import sys
import tarfile
from pathlib import Path

import pytest

from shared.settings import ROOT
from tests.support.services.processes import running

PACK = ROOT / "clients/javascript/pack.py"


@pytest.fixture(scope="session")
def deno_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which deno keeps compiled modules."""
    return tmp_path_factory.mktemp("deno")


@pytest.fixture
async def program_folder(tmp_path: Path) -> Path:
    """A folder of a program that has installed the package; it is empty but for that."""
    folder = tmp_path / "program"
    installed = folder / "node_modules/livelist-client"
    installed.mkdir(parents=True)
    async with running("pack", [sys.executable, str(PACK), str(tmp_path)]) as packing:
        assert await packing.wait() == 0, packing.log
    with tarfile.open(packing.lines[-1]) as archive:
        archive.extractall(tmp_path, filter="data")
    (tmp_path / "package").rename(installed)
    (folder / "package.json").write_text('{"dependencies": {"livelist-client": "*"}}')
    return folder
