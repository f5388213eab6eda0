"""`./livelist jobs`, as an operator types it."""

import asyncio
import io
from collections.abc import Sequence

import orjson
import pytest
import pytest_asyncio

from console.commands import jobs
from shared.ids import JobId
from shared.resources import Resources
from shared.settings import Settings
from shared.tables.jobs import JobRow
from shared.tables.reminders import ReminderRow
from tests.support.services.smtp import SmtpServer
from tests.support.worker.job_builder import JobBuilder
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World
from tests.worker.conftest import builder, settings, smtp, worker

__all__ = ["builder", "settings", "smtp", "worker"]

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def at_the_machine(
    settings: Settings, resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "load_settings", lambda: settings)


@pytest_asyncio.fixture
async def dead_and_queued(world: World, builder: JobBuilder) -> Sequence[JobId]:
    dead, queued = await builder.add_messages(await world.user(), 2)
    await builder.update_row(
        JobRow, dead, state="dead", finished_at=builder.now, last_error="no such user"
    )
    return dead, queued


async def _run(*arguments: str) -> int:
    """Runs in a thread: the command brings an event loop of its own."""
    return await asyncio.to_thread(jobs.run, list(arguments))


async def test_a_dead_letter_can_be_listed_and_sent_after_all(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer, capsys: Captured
) -> None:
    (job,) = await builder.add_messages(await world.user())
    smtp.reject("550 5.1.1 no such user")
    await worker.run_once()

    listed = await _run("list", "--state", "dead")
    table = capsys.readouterr().out
    retried = await _run("retry", job)
    await worker.run_once()

    assert (listed, retried) == (0, 0)
    header, row = table.splitlines()
    assert header.split() == ["id", "kind", "state", "tries", "due", "or", "ended", "(UTC)", "why"]
    assert row.startswith(f"{job}  send_admin_message  dead ")
    assert row.endswith("the mail server answered 550")
    assert (await builder.read_job(job)).state == "done"
    assert len(smtp.received) == 1


async def test_a_reminder_that_failed_can_be_sent_after_all(
    world: World, builder: JobBuilder, worker: WorkerHarness, smtp: SmtpServer, capsys: Captured
) -> None:
    ana = await world.user()
    todo_id = await builder.add_todo(await builder.make_list(ana))
    reminder = await builder.add_reminder(todo_id, ana.user_id, builder.now)
    smtp.reject("550 no")
    await worker.run_once()
    failed = await builder.read_row(ReminderRow, reminder)

    await _run("retry", "--all", "--kind", "send_reminder")
    await worker.run_once()

    assert capsys.readouterr().out == "1 queued again\n"
    assert failed.state == "failed"
    assert (await builder.read_row(ReminderRow, reminder)).state == "sent"


async def test_the_list_is_cut_and_filtered_the_newest_first(
    world: World, builder: JobBuilder, capsys: Captured
) -> None:
    ids = await builder.add_messages(await world.user(), 5)
    await builder.skip_chores()

    await _run("list", "--kind", "send_admin_message", "--limit", "2", "--json")
    two = [orjson.loads(line) for line in capsys.readouterr().out.splitlines()]
    await _run("list", "--state", "parked")
    none = capsys.readouterr().out

    # Ids begin with the millisecond; within one they are in no order.
    assert [one["id"] for one in two] == sorted(ids, reverse=True)[:2]
    assert {"kind", "state", "payload", "run_at", "attempts", "last_error"} <= set(two[0])
    assert none.splitlines()[1:] == ["none"]


async def test_one_job_is_shown_with_all_that_is_known(
    dead_and_queued: Sequence[JobId], capsys: Captured
) -> None:
    dead, _ = dead_and_queued

    assert await _run("show", dead) == 0
    lines = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert await _run("show", dead, "--json") == 0
    told = orjson.loads(capsys.readouterr().out)

    assert set(lines) == set(told)
    assert (lines["id"], lines["state"], lines["last_error"]) == (dead, "dead", "no such user")
    assert (told["id"], told["state"], told["dedupe_key"]) == (dead, "dead", None)


async def test_only_the_dead_are_retried_and_of_a_mixture_none(
    builder: JobBuilder, dead_and_queued: Sequence[JobId], capsys: Captured
) -> None:
    dead, queued = dead_and_queued

    assert await _run("retry", dead, queued) == 1

    assert f"{queued} is queued" in capsys.readouterr().err
    assert (await builder.read_job(dead)).state == "dead"


@pytest.mark.parametrize("words", [["show"], ["retry"], ["discard", "--yes"]])
async def test_an_unknown_id_is_an_error_and_changes_nothing(
    builder: JobBuilder, dead_and_queued: Sequence[JobId], words: list[str], capsys: Captured
) -> None:
    dead, _ = dead_and_queued
    ids = ["nonsense"] if words == ["show"] else [dead, "nonsense"]

    assert await _run(*words, *ids) == 1

    captured = capsys.readouterr()
    reading = words == ["show"]
    said = "There is" if reading else "Nothing was changed: there is"
    assert captured.err == f"{said} no job nonsense.\n"
    assert captured.out == ""
    assert (await builder.read_job(dead)).state == "dead"


async def test_discarding_forgets_dead_letters_and_nothing_else(
    builder: JobBuilder, dead_and_queued: Sequence[JobId], capsys: Captured
) -> None:
    dead, queued = dead_and_queued

    refused = await _run("discard", "--yes", queued)
    done = await _run("discard", "--yes", "--all")

    assert (refused, done) == (1, 0)
    assert capsys.readouterr().out == "1 discarded\n"
    assert await builder.read_job(dead) is None
    assert (await builder.read_job(queued)).state == "queued"


async def test_without_a_yes_nothing_is_discarded(
    builder: JobBuilder,
    dead_and_queued: Sequence[JobId],
    monkeypatch: pytest.MonkeyPatch,
    capsys: Captured,
) -> None:
    dead, _ = dead_and_queued

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", io.StringIO())
    in_a_script = await _run("discard", dead)
    monkeypatch.setattr("sys.stdin", Terminal("n\n"))
    said_no = await _run("discard", dead)
    still = (await builder.read_job(dead)).state
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    said_yes = await _run("discard", dead)

    assert (in_a_script, said_no, still, said_yes) == (1, 1, "dead", 0)
    assert "say --yes" in capsys.readouterr().err
    assert await builder.read_job(dead) is None


@pytest.mark.parametrize("words", [["retry"], ["retry", "--all", "x"], ["discard", "--yes"]])
async def test_what_is_meant_must_be_said(words: list[str], capsys: Captured) -> None:
    assert await _run(*words) == 1
    assert "name the jobs, or say --all" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [[], ["dance"], ["show"], ["list", "--state", "odd"], ["list", "--limit", "0"]],
)
async def test_what_is_not_understood_is_answered_with_two(
    words: list[str], capsys: Captured
) -> None:
    assert await _run(*words) == 2
    assert "usage: ./livelist jobs" in capsys.readouterr().err


async def test_what_was_typed_wrong_is_said_in_words(capsys: Captured) -> None:
    missing = await _run("show", "nope")
    said = capsys.readouterr().err
    none = await _run("list", "--limit", "0")
    refused = capsys.readouterr().err

    assert (missing, said) == (1, "There is no job nope.\n")
    assert none == 2
    assert "say a number from 1 to 10000, not '0'" in refused
    assert "_count" not in refused
