"""The mail server is away, refuses, wants another password, or says nothing."""

import asyncio
import signal

from tests.support.faults import worker_variants
from tests.support.faults.scenarios import Outcome, Scenario, Stage
from tests.support.faults.worker_pool import DEADLINE_SECONDS, Crew, a_crew
from tests.support.services.smtp import Moment, SmtpServer

SHORTENED = "shortened retries: an hour is 12 s"


async def away(stage: Stage) -> Outcome:
    """Nothing listens for an hour, then everything is delivered."""
    async with a_crew(stage) as crew:
        await crew.smtp.close()
        worker = await crew.start("worker", worker_variants.hasty)
        await crew.add(stage.size(30, 10))
        await worker.wait_for_line("the mail server is away", stage.size(150, 30))
        await asyncio.sleep(stage.size(12, 1))  # the hour itself
        async with crew.smtp:
            await crew.over()
            outcome = await crew.check(SHORTENED)
        tried = [row.attempts for row in (await crew.rows()).values() if row.attempts]
        assert len(tried) == len(crew.jobs), "nothing failed"
        return outcome


async def refuses(stage: Stage) -> Outcome:
    """Some are refused for good and some for now; the others do not notice."""
    async with a_crew(stage) as crew:
        crew.smtp.refuse(*["550 5.1.1 no such user", "451 4.3.0 later"] * stage.size(10, 3))
        await crew.add(stage.size(80, 20))
        await crew.start("worker", worker_variants.hasty)
        await crew.over()
        rows = await crew.rows()
        dead = {one for one in crew.jobs if rows[one].state == "dead"}
        assert len(dead) == stage.size(10, 3), f"{len(dead)} dead letters"
        crew.no_mail |= dead
        return await crew.check(f"{len(dead)} dead letters, as refused")


async def wrong_password(stage: Stage) -> Outcome:
    """535: the kind pauses and no attempt is used; with the right one all is sent."""
    async with a_crew(stage, SmtpServer(username="livelist", password="right")) as crew:
        await crew.add(stage.size(30, 5))
        wrong = await crew.start("wrong", MAIL_USERNAME="livelist", MAIL_PASSWORD="wrong")
        await wrong.wait_for_line("send_admin_message pauses")
        wrong.send(signal.SIGTERM)
        await wrong.wait()
        used = {row.attempts for row in (await crew.rows()).values()}
        assert used == {0}, "an attempt was used"
        await crew.hurry()
        await crew.start("right", MAIL_USERNAME="livelist", MAIL_PASSWORD="right")
        await crew.over()
        return await crew.check("its pause of a minute cut short")


async def silent(stage: Stage) -> Outcome:
    """It hangs before the dot, and after: sent again once, then given up."""
    async with a_crew(stage) as crew:
        before = await _hang(crew, Moment.BEFORE_DOT, stage.size(10, 3))
        assert not before.ambiguous, "before the dot there is no doubt"
        return await _hang(crew, Moment.AFTER_DOT, stage.size(10, 3))


async def _hang(crew: Crew, moment: Moment, count: int) -> Outcome:
    crew.smtp.hang(moment, count)
    await crew.add(count)
    worker = await crew.start(
        f"worker {moment.value}", worker_variants.impatient, worker_variants.hasty
    )
    await worker.wait_for_line("attempt 1:", count)
    crew.smtp.release()
    await crew.over()
    worker.send(signal.SIGTERM)
    await worker.wait(DEADLINE_SECONDS)
    return await crew.check("an answer waited for 1 s instead of 10; " + SHORTENED)


MAIL = "SMTP down for an hour, 5xx, 535, hanging before and after the dot"
SCENARIOS = (
    Scenario("mail-away", MAIL, away),
    Scenario("mail-refused", MAIL, refuses),
    Scenario("mail-password", MAIL, wrong_password),
    Scenario("mail-silent", MAIL, silent),
)
