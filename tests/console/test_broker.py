"""The choice of a broker, and the protection of the one that `./livelist up` runs."""

import stat
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
import redis.asyncio as redis
from redis.exceptions import AuthenticationError

from console.processes import broker as brokers
from console.processes.broker import (
    MEMORY_URL,
    choose_broker,
    configure_broker,
    find_binary,
    running_broker_url,
    wheel_binary,
    with_running_broker,
)
from console.processes.supervisor import Supervisor
from shared.settings import load_settings


def command_line(pid: int | None) -> str:
    """Return what every user of the machine can read about the process."""
    command = ["ps", "-o", "args=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest_asyncio.fixture
async def supervisor() -> AsyncIterator[Supervisor]:
    started = Supervisor()
    yield started
    await started.stop()


async def start_broker(supervisor: Supervisor, folder: Path) -> brokers.Broker:
    broker = choose_broker("", folder)
    assert broker.program is not None
    supervisor.start(broker.program)
    await brokers.wait_until_ready(broker)
    return broker


def test_a_configured_redis_url_is_used_as_it_is(tmp_path: Path) -> None:
    broker = choose_broker("redis://broker.example:6379/3", tmp_path / "broker")

    assert (broker.url, broker.program) == ("redis://broker.example:6379/3", None)
    assert not (tmp_path / "broker").exists()


def test_the_broker_of_the_wheel_is_preferred() -> None:
    binary = find_binary()

    assert binary is not None
    assert binary == wheel_binary()


def test_without_any_broker_it_is_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(brokers, "wheel_binary", lambda: None)
    monkeypatch.setenv("PATH", str(tmp_path))

    broker = choose_broker("", tmp_path / "broker")

    assert (broker.url, broker.is_in_memory, broker.program) == (MEMORY_URL, True, None)


def test_a_broker_binary_that_does_not_run_is_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    working = tmp_path / "redis-server"
    working.write_text("#!/bin/sh\nexit 0\n")
    working.chmod(0o755)
    broken = tmp_path / "broken"
    broken.write_text("not a program")
    monkeypatch.setattr(brokers, "wheel_binary", lambda: broken)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert find_binary() == working


async def test_other_users_of_the_machine_cannot_use_it(
    tmp_path: Path, supervisor: Supervisor
) -> None:
    broker = await start_broker(supervisor, tmp_path / "broker")

    with pytest.raises(AuthenticationError):
        async with redis.from_url(f"redis://127.0.0.1:{broker.port}/0") as stranger:
            await stranger.ping()

    assert broker.password
    assert broker.password not in command_line(supervisor.pid("broker"))
    for name in ("broker.conf", "password", "url"):
        assert stat.S_IMODE((tmp_path / "broker" / name).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "broker").stat().st_mode) == 0o700


async def test_other_commands_find_the_running_broker(
    tmp_path: Path, supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("REDIS_URL", "")
    broker = await start_broker(supervisor, tmp_path / "broker")

    assert running_broker_url(tmp_path) == broker.url
    assert with_running_broker(load_settings()).redis.url == broker.url

    await supervisor.stop()
    assert running_broker_url(tmp_path) is None


async def test_a_folder_name_with_special_characters_works(
    tmp_path: Path, supervisor: Supervisor
) -> None:
    broker = await start_broker(supervisor, tmp_path / 'a "strange" näme \\ here')

    async with redis.from_url(broker.url) as client:
        assert await client.ping()


def test_the_password_stays_the_same_over_restarts(tmp_path: Path) -> None:
    first = configure_broker(Path("/bin/true"), tmp_path)

    second = configure_broker(Path("/bin/true"), tmp_path)

    assert first.password == second.password
    assert first.password not in repr(first)
