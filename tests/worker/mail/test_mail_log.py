"""The worker logs one line for each attempt to send a mail, without addresses and secrets."""

import logging

import pytest

from shared.logs import JsonFormatter
from shared.resources import Resources
from shared.settings import Settings
from tests.support.services.smtp import SmtpServer
from tests.support.settings import changed_settings
from tests.support.worker.job_builder import JobBuilder
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World


def our_lines(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """Return the lines of the worker: the mail server of the tests logs in the same process."""
    return [record for record in caplog.records if record.name != "mail.log"]


def mail_lines(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in our_lines(caplog) if "attempt" in record.getMessage()]


def written(caplog: pytest.LogCaptureFixture) -> str:
    return "\n".join(JsonFormatter("worker").format(record) for record in our_lines(caplog))


async def test_a_sent_mail_is_one_line(
    world: World, builder: JobBuilder, worker: WorkerHarness, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    (job,) = await builder.add_messages(await world.user("Ana"))

    await worker.run_once()

    (line,) = mail_lines(caplog)
    assert line.levelname == "INFO"
    assert line.getMessage().startswith(f"job {job} (send_admin_message), attempt 1: sent")
    assert line.getMessage().endswith("ms): 250 OK")
    assert {"job", "kind", "domain", "attempt", "answer", "milliseconds"} <= vars(line).keys()
    assert '"answer":"250 OK"' in JsonFormatter("worker").format(line)
    assert vars(line)["domain"] == "example.com"
    assert "@" not in written(caplog)


async def test_a_rejected_mail_is_one_warning_with_the_answer(
    world: World,
    builder: JobBuilder,
    worker: WorkerHarness,
    smtp: SmtpServer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    ana = await world.user("Ana")
    await builder.add_messages(ana)
    smtp.reject('451 4.3.0 <ana@example.com> greylisted, subject "message 0"')

    await worker.run_once()
    await worker.run_once()

    first, second = mail_lines(caplog)
    assert (first.levelname, second.levelname) == ("WARNING", "INFO")
    assert "attempt 1: the mail server answered 451 (" in first.getMessage()
    assert first.getMessage().endswith("451 4.3.0 (address) greylisted, subject (text)")
    assert "attempt 2: sent" in second.getMessage()
    assert "@" not in written(caplog)
    assert "message 0" not in written(caplog)


async def test_a_refused_sign_in_shows_the_answer_and_no_password(
    world: World,
    builder: JobBuilder,
    settings: Settings,
    resources: Resources,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with SmtpServer(username="livelist", password="right") as smtp:
        smtp.reject_auth("535 5.7.8 no: wr0ng pass")
        login = {"mail_username": "livelist", "mail_password": "wr0ng pass"}
        wrong = changed_settings(settings, mail_port=smtp.port, **login)
        await builder.add_messages(await world.user())
        await WorkerHarness(resources, wrong).run_once()

    (line,) = mail_lines(caplog)
    assert line.getMessage().endswith("535 5.7.8 no: (hidden)")
    assert "wr0ng" not in written(caplog)


async def test_an_unreachable_server_is_named(
    world: World,
    builder: JobBuilder,
    worker: WorkerHarness,
    smtp: SmtpServer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await builder.add_messages(await world.user())
    await smtp.close()

    await worker.run_once()

    (line,) = mail_lines(caplog)
    assert "the mail server is away" in line.getMessage()
    assert f"{smtp.host} on port {smtp.port}" in line.getMessage()
