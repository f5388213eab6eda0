"""`./livelist doctor`: one line for each part, in bounded time, also with everything broken."""

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import insert

from shared.clock import monotonic
from shared.ids import new_id
from shared.settings import Settings, SettingsError
from shared.tables.jobs import JobRow, WorkerRow
from tests.support.console.command_runner import CommandRunner
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.services.processes import running
from tests.support.services.silent_server import silent_server
from tests.support.services.smtp import SmtpServer
from tests.support.services.valkey_cluster import ValkeyCluster
from tests.support.settings import changed_settings, plain_settings
from tests.support.worker.job_builder import JobBuilder
from tests.support.world_builder import World
from tests.worker.conftest import builder, settings, smtp
from worker.doctor import doctor_command, findings, host_checks
from worker.doctor.findings import ok, run_checks
from worker.mail import server_check

COMMAND = doctor_command
# Longer than the commands may take.
HANG_SECONDS = DEADLINE_SECONDS
HANGING_RESOLVER = f"""
import socket, time
answer = socket.getaddrinfo
def getaddrinfo(host, *rest, **more):
    if host == "mx.example.org":
        time.sleep({HANG_SECONDS})
    return answer(host, *rest, **more)
socket.getaddrinfo = getaddrinfo
"""

__all__ = ["builder", "settings", "smtp"]

Captured = pytest.CaptureFixture[str]


class Doctor:
    """The command, with what it printed by the name of the check."""

    def __init__(self, run: CommandRunner, captured: Captured) -> None:
        self._run, self._captured = run, captured

    async def __call__(self, settings: Settings | None = None) -> tuple[int, Mapping[str, Any]]:
        """Return the exit code and the findings by name."""
        if settings is not None:
            self._run.use_settings(settings)
        code = await self._run("--json")
        printed = self._captured.readouterr()
        assert printed.err == ""
        report = orjson.loads(printed.out)
        assert report["failed"] == (code == 1)
        return code, {check["name"]: check for check in report["checks"]}


@pytest.fixture
def doctor(run: CommandRunner, capsys: Captured) -> Doctor:
    return Doctor(run, capsys)


async def add_worker(builder: JobBuilder) -> None:
    async with builder.resources.begin() as work:
        row = {"id": new_id(), "host": "box", "started_at": work.now, "seen_at": work.now}
        await work.connection.execute(insert(WorkerRow).values(row))


async def test_everything_works(
    doctor: Doctor, builder: JobBuilder, smtp: SmtpServer, run: CommandRunner, capsys: Captured
) -> None:
    await add_worker(builder)

    code, found = await doctor()
    plain_code = await run()
    lines = capsys.readouterr().out.splitlines()

    assert (code, plain_code) == (0, 0)
    assert {name for name, finding in found.items() if finding["state"] == "failed"} == set()
    assert list(found) == [
        "settings", "database", "schema", "broker", "cluster", "worker", "mail server", "inbound mail",
        "waiting mail", "dead letters", "push keys", "file descriptors", "disk",
    ]  # fmt: skip
    assert len(lines) == len(found)
    assert {line.split()[0] for line in lines} <= {"ok", "warning"}
    assert "ms a round trip" in found["database"]["text"]
    assert smtp.received == []


async def test_everything_is_broken(doctor: Doctor, tmp_path: Path, unused_tcp_port: int) -> None:
    closed = unused_tcp_port
    broken = plain_settings(
        tmp_path,
        database_url=f"postgresql+asyncpg://a:s3cret@127.0.0.1:{closed}/a",
        redis_url=f"redis://:s3cret@127.0.0.1:{closed}/0",
        redis_cluster_url=f"redis://:s3cret@127.0.0.1:{closed}",
        mail_server="127.0.0.1",
        mail_port=closed,
    )

    code, found = await doctor(broken)

    assert code == 1
    for name in ("database", "broker", "cluster", "mail server"):
        assert found[name]["state"] == "failed", name
        assert found[name]["advice"]
    for name in ("schema", "worker", "waiting mail", "dead letters"):
        assert found[name]["state"] == "warning", name
    assert "s3cret" not in str(found)
    assert "ConnectionRefusedError" in found["database"]["text"]


async def test_a_site_that_was_never_started_is_left_as_it_is(
    doctor: Doctor, tmp_path: Path
) -> None:
    folder = tmp_path / "data"

    code, found = await doctor(plain_settings(folder))

    assert code == 1
    assert "does not exist" in found["database"]["text"]
    assert not folder.exists()


async def test_servers_that_say_nothing_are_not_waited_for(
    doctor: Doctor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_check, "REPLY_SECONDS", 2)
    async with silent_server() as port:
        silent = plain_settings(
            tmp_path,
            database_url=f"postgresql+asyncpg://a:b@127.0.0.1:{port}/a",
            redis_url=f"redis://127.0.0.1:{port}/0",
            redis_cluster_url=f"redis://127.0.0.1:{port}",
            mail_server="127.0.0.1",
            mail_port=port,
        )
        began_at = monotonic()
        code, found = await doctor(silent)
        took = monotonic() - began_at

    assert code == 1
    for name in ("database", "broker", "cluster", "mail server"):
        assert found[name]["state"] == "failed", name
    assert took < findings.CHECK_SECONDS + 10


async def test_a_check_that_hangs_or_breaks_is_a_finding() -> None:
    async def hangs() -> findings.Finding:
        await asyncio.Event().wait()
        return ok("never")

    async def breaks() -> findings.Finding:
        raise RuntimeError("oh")

    found = await run_checks({"hangs": hangs, "breaks": breaks}, seconds=0.05)

    assert [finding.state for finding in found.values()] == ["failed", "failed"]
    assert found["breaks"].text == "RuntimeError: oh"


async def test_unusable_settings_are_named(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    def load() -> Settings:
        raise SettingsError("PORT: must be a whole number\nMAIL_PORT: must be at least 1")

    monkeypatch.setattr(doctor_command, "load_settings", load)

    code, found = await doctor()

    assert code == 1
    assert (
        found["settings"]["text"] == "PORT: must be a whole number; MAIL_PORT: must be at least 1"
    )


async def test_a_misspelled_setting_is_a_warning(
    doctor: Doctor, builder: JobBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add_worker(builder)
    monkeypatch.setenv("VAPID_PRIVAT_KEY", "x")

    code, found = await doctor()

    assert code == 0
    assert found["settings"]["state"] == "warning"
    assert "did you mean VAPID_PRIVATE_KEY?" in found["settings"]["text"]


async def test_a_database_without_tables_needs_a_migration(
    doctor: Doctor, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "empty.db").touch()
    empty = f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"

    code, found = await doctor(changed_settings(settings, database_url=empty))

    assert code == 1
    assert found["database"]["state"] == "ok"
    assert found["schema"]["state"] == "failed"
    assert found["schema"]["advice"] == "Run ./livelist migrate."


async def test_no_worker_and_dead_letters_are_found(
    doctor: Doctor, world: World, builder: JobBuilder
) -> None:
    (job,) = await builder.add_messages(await world.user())
    await builder.update_row(JobRow, job, state="dead", finished_at=builder.now)

    code, found = await doctor()

    assert code == 1
    assert found["worker"]["state"] == "failed"
    assert (found["dead letters"]["state"], found["dead letters"]["text"]) == (
        "warning",
        "1 job was given up",
    )


async def test_a_refused_sign_in_is_found_without_a_mail(
    doctor: Doctor, settings: Settings, builder: JobBuilder
) -> None:
    await add_worker(builder)
    async with SmtpServer(username="livelist", password="right") as smtp:
        login = {"mail_username": "livelist", "mail_password": "wr0ng pass"}
        code, found = await doctor(changed_settings(settings, mail_port=smtp.port, **login))

    assert code == 1
    assert "sign-in: 535" in found["mail server"]["text"]
    assert "MAIL_PASSWORD" in found["mail server"]["advice"]
    assert smtp.attempts == 0


async def test_a_cluster_is_checked_for_sharded_pubsub(
    doctor: Doctor, settings: Settings, builder: JobBuilder
) -> None:
    await add_worker(builder)
    cluster = ValkeyCluster()
    try:
        await cluster.start()
        code, found = await doctor(changed_settings(settings, redis_cluster_url=cluster.url))
    finally:
        cluster.close()

    assert code == 0
    assert "sharded pub/sub works" in found["cluster"]["text"]


async def test_few_file_descriptors_are_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda which: (1024, 1024))

    finding = await host_checks.file_descriptors()

    assert finding.state == "warning"
    assert "LimitNOFILE" in finding.advice


async def test_a_soft_limit_that_processes_raise_is_ok(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda which: (1024, 65536))

    assert (await host_checks.file_descriptors()).state == "ok"


async def test_a_broker_inside_the_process_is_ok(
    doctor: Doctor, settings: Settings, builder: JobBuilder
) -> None:
    await add_worker(builder)

    code, found = await doctor(changed_settings(settings, redis_url="memory://"))

    assert (code, found["broker"]["state"]) == (0, "ok")


@pytest.mark.parametrize("command", [["doctor"], ["testmail", "ana@example.com"]])
async def test_a_resolver_that_hangs_delays_no_end(tmp_path: Path, command: list[str]) -> None:
    # Python imports this file at its start; the resolver is asked in a thread.
    (tmp_path / "sitecustomize.py").write_text(HANGING_RESOLVER)
    environment = {
        "DATA_DIR": str(tmp_path), "PYTHONPATH": str(tmp_path), "MAIL_SERVER": "mx.example.org",
    }  # fmt: skip
    began_at = monotonic()
    line = [sys.executable, "-m", "console", *command]
    async with running("command", line, environment) as child:
        code = await child.wait(HANG_SECONDS)

    assert code == 1
    assert f"no answer within {server_check.RESOLVE_SECONDS} s" in child.log
    assert "Traceback" not in child.log
    assert monotonic() - began_at < HANG_SECONDS


@pytest.mark.parametrize(("free", "state"), [(10**12, "ok"), (10**9, "warning"), (10**7, "failed")])
def test_a_full_disk_is_found_before_the_folder_exists(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, free: int, state: str
) -> None:
    class Usage:
        def __init__(self) -> None:
            self.free = free

    monkeypatch.setattr("shutil.disk_usage", lambda path: Usage())

    assert host_checks.check_disk(tmp_path / "not" / "yet").state == state
