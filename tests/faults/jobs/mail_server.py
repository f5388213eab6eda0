"""The mail server is away, refuses, wants another password, or says nothing."""

import asyncio
import signal

from tests.support.faults import worker_variants
from tests.support.faults.scenarios import Outcome, Scenario, ScenarioEnv
from tests.support.faults.worker_pool import DEADLINE_SECONDS, WorkerPool, open_worker_pool
from tests.support.services.smtp import Moment, SmtpServer

SHORTENED = "shortened retries: an hour is 12 s"


async def away(env: ScenarioEnv) -> Outcome:
    """Nothing listens for an hour, then everything is delivered."""
    async with open_worker_pool(env) as pool:
        await pool.smtp.close()
        worker = await pool.start("worker", worker_variants.hasty)
        await pool.add(env.size(30, 10))
        await worker.wait_for_line("the mail server is away", env.size(150, 30))
        await asyncio.sleep(env.size(12, 1))  # the hour itself
        async with pool.smtp:
            await pool.over()
            outcome = await pool.check(SHORTENED)
        tried = [row.attempts for row in (await pool.rows()).values() if row.attempts]
        assert len(tried) == len(pool.jobs), "nothing failed"
        return outcome


async def refuses(env: ScenarioEnv) -> Outcome:
    """Some are refused for good and some for now; the others do not notice."""
    async with open_worker_pool(env) as pool:
        pool.smtp.reject(*["550 5.1.1 no such user", "451 4.3.0 later"] * env.size(10, 3))
        await pool.add(env.size(80, 20))
        await pool.start("worker", worker_variants.hasty)
        await pool.over()
        rows = await pool.rows()
        dead = {one for one in pool.jobs if rows[one].state == "dead"}
        assert len(dead) == env.size(10, 3), f"{len(dead)} dead letters"
        pool.jobs_without_mail |= dead
        return await pool.check(f"{len(dead)} dead letters, as refused")


async def wrong_password(env: ScenarioEnv) -> Outcome:
    """535: the kind pauses and no attempt is used; with the right one all is sent."""
    async with open_worker_pool(env, SmtpServer(username="livelist", password="right")) as pool:
        await pool.add(env.size(30, 5))
        wrong = await pool.start("wrong", MAIL_USERNAME="livelist", MAIL_PASSWORD="wrong")
        await wrong.wait_for_line("send_admin_message paused")
        wrong.send(signal.SIGTERM)
        await wrong.wait()
        used = {row.attempts for row in (await pool.rows()).values()}
        assert used == {0}, "an attempt was used"
        await pool.make_all_due()
        await pool.start("right", MAIL_USERNAME="livelist", MAIL_PASSWORD="right")
        await pool.over()
        return await pool.check("its pause of a minute cut short")


async def silent(env: ScenarioEnv) -> Outcome:
    """It hangs before the dot, and after: sent again once, then given up."""
    async with open_worker_pool(env) as pool:
        before = await _hang(pool, Moment.BEFORE_DOT, env.size(10, 3))
        assert not before.ambiguous, "before the dot there is no doubt"
        return await _hang(pool, Moment.AFTER_DOT, env.size(10, 3))


async def _hang(pool: WorkerPool, moment: Moment, count: int) -> Outcome:
    pool.smtp.hang(moment, count)
    await pool.add(count)
    worker = await pool.start(
        f"worker {moment.value}", worker_variants.impatient, worker_variants.hasty
    )
    await worker.wait_for_line("attempt 1:", count)
    pool.smtp.release()
    await pool.over()
    worker.send(signal.SIGTERM)
    await worker.wait(DEADLINE_SECONDS)
    return await pool.check("an answer waited for 1 s instead of 10; " + SHORTENED)


MAIL = "SMTP down for an hour, 5xx, 535, hanging before and after the dot"
SCENARIOS = (
    Scenario("mail-away", MAIL, away),
    Scenario("mail-refused", MAIL, refuses),
    Scenario("mail-password", MAIL, wrong_password),
    Scenario("mail-silent", MAIL, silent),
)
