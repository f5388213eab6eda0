"""What docs/proofs.md promises of jobs and mail, as scenarios: nothing lost, doubled only in doubt."""

from tests.faults.jobs import (
    hosts,
    killing,
    mail,
    odd,
    patience,
    pushing,
    surroundings,
    time,
    zones,
)

SCENARIOS = (
    *killing.SCENARIOS,
    *pushing.SCENARIOS,
    *surroundings.SCENARIOS,
    *mail.SCENARIOS,
    *odd.SCENARIOS,
    *time.SCENARIOS,
    *hosts.SCENARIOS,
    *patience.SCENARIOS,
    *zones.SCENARIOS,
)
