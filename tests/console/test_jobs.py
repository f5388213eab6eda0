"""`./livelist jobs`."""

import io
from collections.abc import Sequence

import orjson
import pytest
import pytest_asyncio

from console.commands import jobs
from shared.ids import JobId
from shared.tables.jobs import JobRow
from shared.tables.reminders import ReminderRow
from tests.support.console.command_runner import CommandRunner
from tests.support.services.smtp import SmtpServer
from tests.support.worker.job_builder import JobBuilder
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World
from tests.worker.conftest import builder, settings, smtp, worker

COMMAND = jobs

__all__ = ["builder", "settings", "smtp", "worker"]

Captured = pytest.CaptureFixture[str]


@pytest_asyncio.fixture
async def dead_and_queued(world: World, builder: JobBuilder) -> Sequence[JobId]:
    dead, queued = await builder.add_messages(await world.user(), 2)
    await builder.update_row(
        JobRow, dead, state="dead", finished_at=builder.now, last_error="no such user"
    )
    return dead, queued


async def test_a_dead_letter_can_be_listed_and_retried(
    run: CommandRunner,
    world: World,
    builder: JobBuilder,
    worker: WorkerHarness,
    smtp: SmtpServer,
    capsys: Captured,
) -> None:
    (job,) = await builder.add_messages(await world.user())
    smtp.reject("550 5.1.1 no such user")
    await worker.run_once()

    listed = await run("list", "--state", "dead")
    table = capsys.readouterr().out
    retried = await run("retry", job)
    await worker.run_once()

    assert (listed, retried) == (0, 0)
    header, row = table.splitlines()
    assert header.split() == ["id", "kind", "state", "tries", "due", "or", "ended", "(UTC)", "why"]
    assert row.startswith(f"{job}  send_admin_message  dead ")
    assert row.endswith("the mail server answered 550")
    assert (await builder.read_job(job)).state == "done"
    assert len(smtp.received) == 1


async def test_a_failed_reminder_can_be_retried(
    run: CommandRunner,
    world: World,
    builder: JobBuilder,
    worker: WorkerHarness,
    smtp: SmtpServer,
    capsys: Captured,
) -> None:
    ana = await world.user()
    todo_id = await builder.add_todo(await builder.make_list(ana))
    reminder = await builder.add_reminder(todo_id, ana.user_id, builder.now)
    smtp.reject("550 no")
    await worker.run_once()
    failed = await builder.read_row(ReminderRow, reminder)

    await run("retry", "--all", "--kind", "send_reminder")
    await worker.run_once()

    assert capsys.readouterr().out == "1 queued again\n"
    assert failed.state == "failed"
    assert (await builder.read_row(ReminderRow, reminder)).state == "sent"


async def test_the_list_is_limited_filtered_and_newest_first(
    run: CommandRunner, world: World, builder: JobBuilder, capsys: Captured
) -> None:
    ids = await builder.add_messages(await world.user(), 5)
    await builder.skip_chores()

    await run("list", "--kind", "send_admin_message", "--limit", "2", "--json")
    two = [orjson.loads(line) for line in capsys.readouterr().out.splitlines()]
    await run("list", "--state", "parked")
    none = capsys.readouterr().out

    # Ids begin with the millisecond; within a millisecond their order is random.
    assert [job["id"] for job in two] == sorted(ids, reverse=True)[:2]
    assert {"kind", "state", "payload", "run_at", "attempts", "last_error"} <= set(two[0])
    assert none.splitlines()[1:] == ["none"]


async def test_show_prints_every_field_of_one_job(
    run: CommandRunner, dead_and_queued: Sequence[JobId], capsys: Captured
) -> None:
    dead, _ = dead_and_queued

    assert await run("show", dead) == 0
    lines = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert await run("show", dead, "--json") == 0
    fields = orjson.loads(capsys.readouterr().out)

    assert set(lines) == set(fields)
    assert (lines["id"], lines["state"], lines["last_error"]) == (dead, "dead", "no such user")
    assert (fields["id"], fields["state"], fields["dedupe_key"]) == (dead, "dead", None)


async def test_no_job_is_retried_if_one_of_them_is_not_dead(
    run: CommandRunner, builder: JobBuilder, dead_and_queued: Sequence[JobId], capsys: Captured
) -> None:
    dead, queued = dead_and_queued

    assert await run("retry", dead, queued) == 1

    assert f"{queued} is queued" in capsys.readouterr().err
    assert (await builder.read_job(dead)).state == "dead"


@pytest.mark.parametrize("words", [["show"], ["retry"], ["discard", "--yes"]])
async def test_an_unknown_id_is_an_error_and_changes_nothing(
    run: CommandRunner,
    builder: JobBuilder,
    dead_and_queued: Sequence[JobId],
    words: list[str],
    capsys: Captured,
) -> None:
    dead, _ = dead_and_queued
    ids = ["nonsense"] if words == ["show"] else [dead, "nonsense"]

    assert await run(*words, *ids) == 1

    captured = capsys.readouterr()
    is_read = words == ["show"]
    beginning = "There is" if is_read else "Nothing was changed: there is"
    assert captured.err == f"{beginning} no job nonsense.\n"
    assert captured.out == ""
    assert (await builder.read_job(dead)).state == "dead"


async def test_discarding_deletes_dead_letters_and_nothing_else(
    run: CommandRunner, builder: JobBuilder, dead_and_queued: Sequence[JobId], capsys: Captured
) -> None:
    dead, queued = dead_and_queued

    code_of_queued = await run("discard", "--yes", queued)
    code_of_dead = await run("discard", "--yes", "--all")

    assert (code_of_queued, code_of_dead) == (1, 0)
    assert capsys.readouterr().out == "1 discarded\n"
    assert await builder.read_job(dead) is None
    assert (await builder.read_job(queued)).state == "queued"


async def test_nothing_is_discarded_without_confirmation(
    run: CommandRunner,
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
    in_a_script = await run("discard", dead)
    monkeypatch.setattr("sys.stdin", Terminal("n\n"))
    answered_no = await run("discard", dead)
    state = (await builder.read_job(dead)).state
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    answered_yes = await run("discard", dead)

    assert (in_a_script, answered_no, state, answered_yes) == (1, 1, "dead", 0)
    assert "say --yes" in capsys.readouterr().err
    assert await builder.read_job(dead) is None


@pytest.mark.parametrize("words", [["retry"], ["retry", "--all", "x"], ["discard", "--yes"]])
async def test_retry_and_discard_need_either_ids_or_all(
    run: CommandRunner, words: list[str], capsys: Captured
) -> None:
    assert await run(*words) == 1
    assert "name the jobs, or say --all" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [[], ["dance"], ["show"], ["list", "--state", "odd"], ["list", "--limit", "0"]],
)
async def test_wrong_arguments_print_the_usage_and_exit_with_2(
    run: CommandRunner, words: list[str], capsys: Captured
) -> None:
    assert await run(*words) == 2
    assert "usage: ./livelist jobs" in capsys.readouterr().err


async def test_errors_are_sentences_without_names_of_the_code(
    run: CommandRunner, capsys: Captured
) -> None:
    missing = await run("show", "nope")
    reason = capsys.readouterr().err
    wrong_limit = await run("list", "--limit", "0")
    usage = capsys.readouterr().err

    assert (missing, reason) == (1, "There is no job nope.\n")
    assert wrong_limit == 2
    assert "say a number from 1 to 10000, not '0'" in usage
    assert "_limit" not in usage
