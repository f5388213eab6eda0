"""The jobs table, which is the source of truth for background work, and the table of live workers.

state         queued ─claim→ leased ─before SMTP→ sending ─→ done
                ↑              │  expired lease (crashes + 1) or retry (attempts + 1)  │
                └──────────────┴───────────────────────────────────────────────────────┘
              dead: given up · cancelled: obsolete · parked: kind unknown to the worker that claimed it
fence         raised by every claim. Every later write names the fence, so a worker that was stopped
              past its lease can no longer write.
fair_run_at   the order within a priority (fair queueing): the job's own run_at, or one second after
              the fair_run_at of the previous job with the same fairness key. Without it a thousand
              jobs for one user would delay the jobs of every other user.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, Index, Integer, String, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.database.column_types import Base, JsonObject, Key, UtcDateTime


def _index_of_queued(name: str, *columns: str, also: str = "") -> Index:
    """Return an index of queued rows alone. Finished rows are kept for weeks and add no cost to it."""
    where = text(f"state = 'queued'{' AND ' + also if also else ''}")
    return Index(name, *columns, postgresql_where=where, sqlite_where=where)


STATES = ("queued", "leased", "sending", "done", "dead", "cancelled", "parked")


class JobRow(Base):
    __tablename__ = "jobs"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    kind: Mapped[str] = mapped_column(Key)
    payload: Mapped[dict[str, Any]] = mapped_column(JsonObject)
    dedupe_key: Mapped[str | None] = mapped_column(String(200), unique=True)
    # 0 security mail, 5 reminders and invitations, 9 digests, notifications and clean-up.
    priority: Mapped[int] = mapped_column(Integer, default=5)
    state: Mapped[str] = mapped_column(Key, default="queued")
    run_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # The user whose jobs share one rate under fair queueing. NULL, as for clean-up: no sharing.
    fairness_key: Mapped[str | None] = mapped_column(Key)
    fair_run_at: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    # How many workers died while they ran this job. Above 0 the job is quarantined: it runs alone.
    crashes: Mapped[int] = mapped_column(Integer, default=0)
    # How many deliveries have an unknown outcome: the worker died, or the mail server did not answer,
    # between the transfer and its acknowledgement.
    in_doubt_count: Mapped[int] = mapped_column(Integer, default=0)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    fence: Mapped[int] = mapped_column(Integer, default=0)
    last_error: Mapped[str] = mapped_column(String(500), default="")
    # Id of the HTTP request that added the job. It joins the logs of API and worker.
    request_id: Mapped[str] = mapped_column(String(64), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint(
            f"state IN ({', '.join(map(repr, STATES))})",
            name="state",
        ),
        # Finds when the next job falls due, and the leased and parked rows.
        Index("ix_jobs_due", "state", "priority", "run_at"),
        # In the order of claiming: a million due jobs are not sorted to take ten.
        _index_of_queued("ix_jobs_fair_order", "priority", "fair_run_at", "run_at"),
        _index_of_queued("ix_jobs_fairness_key", "fairness_key", "fair_run_at"),
        _index_of_queued("ix_jobs_quarantined", "run_at", also="crashes > 0"),
        Index("ix_jobs_finished_at", "finished_at"),
    )


# Literals, as in the conditions of the partial indexes above: a planner uses such an index only
# when it can prove the condition, and it cannot prove it from a bound parameter.
IS_QUEUED = literal_column("jobs.state = 'queued'", Boolean)
IS_QUARANTINED = literal_column("jobs.crashes > 0", Boolean)


class WorkerRow(Base):
    """A worker process that was alive at `seen_at`, by the database's clock."""

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    host: Mapped[str] = mapped_column(String(255))
    # Empty for a worker of a release before this column.
    version: Mapped[str] = mapped_column(String(64), default="", server_default=text("''"))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
