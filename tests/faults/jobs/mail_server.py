"""The mail server is down, rejects mails, rejects the password, or stops responding."""

import asyncio
import signal

from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.faults import worker_variants
from tests.support.faults.scenarios import Outcome, Scenario, ScenarioEnv
from tests.support.faults.worker_pool import WorkerPool, open_worker_pool
from tests.support.services.smtp import Moment, SmtpServer

SHORT_RETRIES = "shortened retries: an hour is 12 s"


async def smtp_down(env: ScenarioEnv) -> Outcome:
    """The mail server is down for an hour; afterwards every mail is delivered."""
    async with open_worker_pool(env) as pool:
        await pool.smtp.close()
        worker = await pool.start("worker", worker_variants.shorten_retries)
        await pool.add(env.size(30, 10))
        await worker.wait_for_line("the mail server is away", env.size(150, 30))
        await asyncio.sleep(env.size(12, 1))  # the hour itself
        async with pool.smtp:
            await pool.wait_until_finished()
            outcome = await pool.check(SHORT_RETRIES)
        tried = [row.attempts for row in (await pool.rows()).values() if row.attempts]
        assert len(tried) == len(pool.jobs), "no attempt failed"
        return outcome


async def smtp_rejects(env: ScenarioEnv) -> Outcome:
    """The server rejects some mails permanently and some temporarily; the other mails arrive."""
    async with open_worker_pool(env) as pool:
        pool.smtp.reject(*["550 5.1.1 no such user", "451 4.3.0 later"] * env.size(10, 3))
        await pool.add(env.size(80, 20))
        await pool.start("worker", worker_variants.shorten_retries)
        await pool.wait_until_finished()
        rows = await pool.rows()
        dead = {job_id for job_id in pool.jobs if rows[job_id].state == "dead"}
        assert len(dead) == env.size(10, 3), f"{len(dead)} dead letters"
        pool.jobs_without_mail |= dead
        return await pool.check(f"{len(dead)} dead letters, as rejected")


async def smtp_authentication_fails(env: ScenarioEnv) -> Outcome:
    """After 535 the kind pauses without using an attempt; with the right password all mails are sent."""
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
        await pool.wait_until_finished()
        return await pool.check("the pause of a minute cut short")


async def smtp_hangs(env: ScenarioEnv) -> Outcome:
    """The server stops responding before the final dot, then after it: the mail is sent once more."""
    async with open_worker_pool(env) as pool:
        before = await _hang(pool, Moment.BEFORE_DOT, env.size(10, 3))
        assert not before.in_doubt, "before the final dot the result is known"
        return await _hang(pool, Moment.AFTER_DOT, env.size(10, 3))


async def _hang(pool: WorkerPool, moment: Moment, count: int) -> Outcome:
    pool.smtp.hang(moment, count)
    await pool.add(count)
    worker = await pool.start(
        f"worker {moment.value}",
        worker_variants.shorten_smtp_timeout,
        worker_variants.shorten_retries,
    )
    await worker.wait_for_line("attempt 1:", count)
    pool.smtp.release()
    await pool.wait_until_finished()
    worker.send(signal.SIGTERM)
    await worker.wait(DEADLINE_SECONDS)
    return await pool.check("answer timeout 1 s instead of 10; " + SHORT_RETRIES)


MAIL = "SMTP down for an hour, 5xx, 535, hanging before and after the dot"
SCENARIOS = (
    Scenario("smtp-down", MAIL, smtp_down),
    Scenario("smtp-rejects", MAIL, smtp_rejects),
    Scenario("smtp-authentication-fails", MAIL, smtp_authentication_fails),
    Scenario("smtp-hangs", MAIL, smtp_hangs),
)
