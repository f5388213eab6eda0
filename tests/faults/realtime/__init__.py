"""Every line of the protocol's proof, as scenarios: 0 lost, 0 duplicated, 0 reordered."""

from tests.faults.realtime import (
    broker,
    crowds,
    ends,
    nodes,
    oracle,
    presence,
    resuming,
    streams,
    wishes,
)

SCENARIOS = (
    *oracle.SCENARIOS,
    *resuming.SCENARIOS,
    *nodes.SCENARIOS,
    *broker.SCENARIOS,
    *ends.SCENARIOS,
    *crowds.SCENARIOS,
    *streams.SCENARIOS,
    *wishes.SCENARIOS,
    *presence.SCENARIOS,
)
