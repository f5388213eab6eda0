"""Fault scenarios of jobs and mail: no effect is lost, and none is duplicated except where in doubt."""

from tests.faults.jobs import (
    api_clock,
    broker_and_database,
    clocks,
    lease_and_drain,
    mail_server,
    poison_jobs,
    push,
    webhooks,
    worker_death,
    zones,
)

SCENARIOS = (
    *worker_death.SCENARIOS,
    *push.SCENARIOS,
    *webhooks.SCENARIOS,
    *broker_and_database.SCENARIOS,
    *mail_server.SCENARIOS,
    *poison_jobs.SCENARIOS,
    *clocks.SCENARIOS,
    *api_clock.SCENARIOS,
    *lease_and_drain.SCENARIOS,
    *zones.SCENARIOS,
)
