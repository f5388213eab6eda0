"""Every process raises its limit of open files, and says when that is not enough."""

import resource
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from api.__main__ import DEVELOPMENT_CONNECTIONS, MAX_CONNECTIONS, configuration
from console.processes.broker import free_port
from shared.host import open_files
from shared.host.open_files import RESERVED_FILES
from shared.settings import Settings
from tests.support.services.processes import running
from tests.support.settings import plain_settings

# Sets the limits of a process as a service manager does, then becomes the program.
START_WITH_LIMITS = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[1]), int(sys.argv[2])))
os.execv(sys.executable, [sys.executable, *sys.argv[3:]])
"""


def with_limits(soft: int, hard: int, *arguments: str) -> Sequence[str]:
    return [sys.executable, "-c", START_WITH_LIMITS, str(soft), str(hard), *arguments]


@pytest.mark.parametrize("module", ["api", "worker"])
async def test_a_process_raises_its_limit_to_the_hard_limit_and_logs_it(
    settings: Settings, module: str
) -> None:
    environment = {"DATA_DIR": str(settings.data_dir), "PORT": str(free_port()), "REDIS_URL": ""}

    async with running(module, with_limits(256, 400, "-m", module), environment) as child:
        await child.wait_for_line("may open 400 files")
        warning = await child.wait_for_line("are needed")
        limits = resource.prlimit(child.pid, resource.RLIMIT_NOFILE)

    assert limits == (400, 400)
    clients = DEVELOPMENT_CONNECTIONS if module == "api" else 0
    assert f"may open 400 files, and {clients + RESERVED_FILES} are needed" in warning
    assert f"to {clients + RESERVED_FILES}" in warning


async def test_up_raises_the_limit_of_the_programs_that_it_starts(tmp_path: Path) -> None:
    environment = {"DATA_DIR": str(tmp_path), "PORT": str(free_port()), "REDIS_URL": ""}
    command = with_limits(256, 700, "-m", "tests.support.console.program_stand_ins", "steady")

    async with running("up", command, environment) as child:
        await child.wait_for_line("is ready")
        limits = resource.prlimit(child.pid, resource.RLIMIT_NOFILE)

    assert limits == (700, 700)


def test_an_api_with_few_files_accepts_fewer_connections_and_keeps_its_reserve(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = plain_settings(tmp_path)

    def connections(files: int) -> int | None:
        monkeypatch.setattr(open_files, "allowed_files", lambda: files)
        return configuration(settings).limit_concurrency

    assert connections(1024) == 1024 - RESERVED_FILES
    assert connections(MAX_CONNECTIONS + RESERVED_FILES) == MAX_CONNECTIONS
    assert connections(1_000_000) == MAX_CONNECTIONS
    # Below the reserve a few clients are served all the same, as long as files are free.
    assert connections(256) == 128


def test_no_warning_where_there_is_no_limit(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    monkeypatch.setattr(resource, "getrlimit", lambda kind: unlimited)

    with caplog.at_level("INFO"):
        open_files.raise_and_log_limit(20_000)

    assert [record.levelname for record in caplog.records] == ["INFO"]


def test_a_kernel_that_refuses_the_hard_limit_stops_no_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(kind: int, limits: tuple[int, int]) -> None:
        raise ValueError("not allowed to raise maximum limit")

    monkeypatch.setattr(resource, "getrlimit", lambda kind: (256, resource.RLIM_INFINITY))
    monkeypatch.setattr(resource, "setrlimit", refuse)

    assert open_files.raise_limit() == 256
