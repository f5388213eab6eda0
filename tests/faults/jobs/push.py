"""A worker dies after a push service has accepted a notification."""

import signal
from collections import Counter

from shared.contract.jobs import SendReminder
from shared.notifications.push_subscriptions import subscribe
from shared.push_vapid import public_key
from shared.tables.jobs import JobRow
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.faults.scenarios import Outcome, Scenario, ScenarioEnv
from tests.support.faults.worker_pool import open_worker_pool
from tests.support.faults.workloads import SHORT_LEASES
from tests.support.services.push_service import PushService
from tests.support.worker.table_rows import column_values


async def killed_during_push(env: ScenarioEnv) -> Outcome:
    """Kill a worker after a push: it is sent again with the same topic, so the device shows it once."""
    async with PushService() as service, open_worker_pool(env) as pool:
        builder, ana = pool.builder, await env.world.user()
        key = public_key(env.settings.push.private_key())
        await env.world.run(subscribe, ana, service.browser().subscription, key)
        todo_id = await builder.add_todo(await builder.make_list(ana))
        reminder_id = await builder.add_reminder(todo_id, ana.user_id, builder.now)
        pool.expect(SendReminder(reminder_id=reminder_id, occurrence=1))

        first_worker = await pool.start("first", is_ready=False, FAILPOINT="push_accepted:kill")
        assert await first_worker.wait() == -signal.SIGKILL, "no worker sent a push"
        await pool.expire_leases()
        await pool.start("second")
        await service.wait_for(2, DEADLINE_SECONDS)
        await pool.wait_until_finished()

        topics = Counter(push.headers["topic"] for push in service.received)
        assert list(topics.values()) == [2], f"sent by topic: {dict(topics)}"
        states = await column_values(env.resources, JobRow.state)
        assert states == {"done"}, f"jobs are {states}"
        return await pool.check(SHORT_LEASES) + Outcome(expected=1, observed=1)


SCENARIOS = (
    Scenario(
        "killed-during-push",
        "killed between a push service's 201 and its own commit: shown once",
        killed_during_push,
    ),
)
