"""Every line of the protocol's proof, as scenarios: 0 lost, 0 duplicated, 0 reordered."""

from tests.faults.realtime import (
    broker,
    event_streams,
    load,
    nodes,
    oracle,
    presence,
    resume,
    retries_and_moves,
    revocation,
)

SCENARIOS = (
    *oracle.SCENARIOS,
    *resume.SCENARIOS,
    *nodes.SCENARIOS,
    *broker.SCENARIOS,
    *revocation.SCENARIOS,
    *load.SCENARIOS,
    *event_streams.SCENARIOS,
    *retries_and_moves.SCENARIOS,
    *presence.SCENARIOS,
)
