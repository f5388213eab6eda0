"""`./livelist up` with real processes: startup checks, restarts and shutdown."""

import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import redis.asyncio as redis

from console.processes.broker import free_port, running_broker_url
from tests.support.services.processes import Child, is_alive, running, wait_until


def settings_of(folder: Path, port: int | None = None) -> dict[str, str]:
    return {
        "DATA_DIR": str(folder),
        "PORT": str(port or free_port()),
        "HOST": "127.0.0.1",
        "REDIS_URL": "",
    }


@asynccontextmanager
async def up(
    folder: Path, kind: str = "steady", environment: dict[str, str] | None = None
) -> AsyncIterator[Child]:
    command = [sys.executable, "-m", "tests.support.console.program_stand_ins", kind]
    async with running("up", command, environment or settings_of(folder)) as child:
        yield child


def pids(child: Child) -> dict[str, int]:
    """Return the last process id that each stand-in has printed."""
    return {name: int(pid) for name, pid in re.findall(r"\| (\w+)=(\d+)$", child.log, re.MULTILINE)}


async def both_pids(child: Child) -> dict[str, int]:
    """Return pids() once both programs have printed their pids: `is ready` is printed for the API alone."""
    await wait_until(lambda: len(pids(child)) == 2, what="the process ids of API and worker")
    return pids(child)


async def broker_pid(folder: Path) -> int:
    async with redis.from_url(running_broker_url(folder) or "") as client:
        return int((await client.info("server"))["process_id"])


async def test_up_prints_the_addresses_once_it_is_ready(tmp_path: Path) -> None:
    environment = settings_of(tmp_path)

    async with up(tmp_path, environment=environment) as child:
        await child.wait_for_line("stop   Ctrl-C")

    assert f"Livelist is ready: http://localhost:{environment['PORT']}" in child.log
    mailbox = f"http://localhost:{environment['PORT']}/dev/mail"
    assert f"mail   {mailbox} (nothing is sent: MAIL_SERVER is not set)" in child.log
    assert f"data   {tmp_path}" in child.log


async def test_a_port_in_use_is_reported_in_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        async with up(tmp_path, environment=settings_of(tmp_path, port)) as child:
            code = await child.wait()

    assert code == 1
    way_out = f"choose another with PORT={port + 1} ./livelist up"
    assert child.lines == [f"Port {port} is in use by another program: {way_out}"]
    assert not (tmp_path / "broker").exists()


async def test_a_second_up_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    async with up(tmp_path) as first:
        await first.wait_for_line("is ready")

        async with up(tmp_path) as second:
            code = await second.wait()

        assert code == 1
        assert len(second.lines) == 1
        assert f"already running on {tmp_path} (process {first.pid}" in second.log
        assert first.returncode is None


async def test_ctrl_c_stops_everything(tmp_path: Path) -> None:
    async with up(tmp_path) as child:
        await child.wait_for_line("is ready")
        started = [*(await both_pids(child)).values(), await broker_pid(tmp_path)]

        child.send_group(signal.SIGINT)
        code = await child.wait()

    assert code == 0
    assert len(started) == 3
    assert not [pid for pid in started if is_alive(pid)]
    assert "starting it again" not in child.log
    assert running_broker_url(tmp_path) is None


async def test_kill_9_leaves_no_orphan_process(tmp_path: Path) -> None:
    async with up(tmp_path) as child:
        await child.wait_for_line("is ready")
        started = [*(await both_pids(child)).values(), await broker_pid(tmp_path)]

        child.kill()

        assert len(started) == 3
        await wait_until(lambda: not any(map(is_alive, started)), what="the end of every child")


async def test_a_program_that_ends_is_started_again(tmp_path: Path) -> None:
    async with up(tmp_path) as child:
        await child.wait_for_line("is ready")
        before = (await both_pids(child))["worker"]

        os.kill(before, signal.SIGKILL)
        await child.wait_for_line("worker ended (SIGKILL); starting it again.")
        await wait_until(lambda: pids(child)["worker"] != before, what="a new worker")

        assert is_alive(pids(child)["worker"])
        assert is_alive(pids(child)["api"])


async def test_a_program_that_fails_once_at_its_start_is_started_again(tmp_path: Path) -> None:
    async with up(tmp_path, "once") as child:
        await child.wait_for_line("is ready")
        await wait_until(lambda: child.log.count("worker=") == 2, what="a second worker")

        code = await child.terminate()

    assert code == 0
    assert "a failure at the start" in child.log


async def test_a_program_that_crashes_in_a_loop_ends_up_with_its_last_output(
    tmp_path: Path,
) -> None:
    async with up(tmp_path, "crashing") as child:
        code = await child.wait()

    assert code == 1
    assert child.log.count("starting it again") == 4
    assert child.lines[-1] == "  the last words of the worker"
    assert "worker ended 5 times at once (exit code 1)" in child.log
    assert not [pid for pid in pids(child).values() if is_alive(pid)]


async def test_a_program_that_ignores_sigterm_is_killed_after_its_timeout(tmp_path: Path) -> None:
    async with up(tmp_path, "stubborn") as child:
        await child.wait_for_line("is ready")
        await child.wait_for_line("stubborn now")
        worker = (await both_pids(child))["worker"]

        code = await child.terminate()

    assert code == 0
    assert "worker did not stop in time: killed." in child.log
    assert not is_alive(worker)


async def test_the_data_of_the_broker_survives_a_restart(tmp_path: Path) -> None:
    environment = settings_of(tmp_path)
    async with up(tmp_path, environment=environment) as child:
        await child.wait_for_line("is ready")
        async with redis.from_url(running_broker_url(tmp_path) or "") as client:
            await client.set("kept", "yes")
        child.kill()
        await child.wait()

    async with up(tmp_path, environment=environment) as child:
        await child.wait_for_line("is ready")
        async with redis.from_url(running_broker_url(tmp_path) or "") as client:
            kept = await client.get("kept")

    assert kept == b"yes"


async def test_a_wrong_setting_is_reported_without_a_traceback(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "console", "up"]

    async with running("up", command, settings_of(tmp_path) | {"PORT": "many"}) as child:
        code = await child.wait()

    assert code == 1
    assert "PORT" in child.log
    assert "Traceback" not in child.log
