"""Shapes of the administration: jobs, processes, storage, mail and settings of the site."""

from typing import Literal

from pydantic import Field

from shared.contract.base import Instant, Shape


class JobCountShape(Shape):
    """The jobs of one kind in one state, of those that have not ended well."""

    kind: str
    state: Literal["queued", "leased", "sending", "parked", "dead"]
    count: int
    next_at: Instant | None = Field(description="When the first of them is due; null if dead.")


class JobCountsShape(Shape):
    items: list[JobCountShape]
    oldest_due_seconds: float = Field(
        description="For how long the first due job has waited; 0 if none waits."
    )


class DeadJobShape(Shape):
    """A job that was given up. Its payload, which names users, is shown at the command line only."""

    id: str
    kind: str
    attempts: int
    crashes: int = Field(description="How many workers died while they ran it.")
    in_doubt_count: int = Field(description="How many deliveries may have succeeded.")
    error: str = Field(description="Why it was given up, without addresses and secrets.")
    request_id: str = Field(description="Finds the request that added it in the logs.")
    created_at: Instant
    dead_at: Instant | None


class DeadJobPage(Shape):
    """A page of dead jobs, newest first."""

    items: list[DeadJobShape]
    next_cursor: str | None = Field(description="Send as `before` for older jobs.")


class ChangedJobsShape(Shape):
    count: int = Field(description="How many jobs were changed; the others were not dead any more.")


class NodeShape(Shape):
    """A process of the site."""

    id: str
    kind: Literal["api", "worker"]
    host: str
    version: str = Field(description="Empty for a worker of a release that does not say it.")
    started_at: Instant
    seen_at: Instant = Field(description="Its last heartbeat, by the database's clock.")
    silent_seconds: float = Field(description="Since its last heartbeat.")
    is_alive: bool
    lag_milliseconds: int | None = Field(
        description="How late its last heartbeat ran; null for a worker, whose jobs show it."
    )


class CountsShape(Shape):
    """How much there is. Guests of share links are no users."""

    users: int
    active_users: int
    suppressed_addresses: int
    lists: int
    todos: int
    events: int
    estimated: list[Literal["lists", "todos", "events"]] = Field(
        description="Which of them are estimates of the database, as from 100,000 rows on Postgres."
    )


class PolicySettingShape(Shape):
    """A setting of the environment and its value, as text."""

    name: str
    value: str


class SiteStateShape(Shape):
    """The state of the site as its administrators see it."""

    version: str
    revision: str = Field(description="The newest migration that the database has.")
    code_revision: str = Field(description="The newest migration that this process knows.")
    counts: CountsShape
    database: Literal["postgres", "sqlite"]
    database_bytes: int
    redis_bytes: int | None = Field(description="Memory of the broker; null without an answer.")
    nodes: list[NodeShape]
    settings: list[PolicySettingShape] = Field(
        description="Who may register, and how long the audit is kept. The environment sets them."
    )
