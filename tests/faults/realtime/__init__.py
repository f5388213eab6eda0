"""Fault scenarios of live delivery: no event is lost, duplicated or reordered."""

from tests.faults.realtime import (
    broker,
    event_streams,
    load,
    nodes,
    oracle,
    presence,
    python_client,
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
    *python_client.SCENARIOS,
)
