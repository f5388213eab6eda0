"""Work for later. This table is the truth; arq and its queue only carry hints.

state   queued ─claim→ leased ─before SMTP→ sending ─→ done
          ↑               │ lease expired (crashes+1) or retry (attempts+1) │
          └───────────────┴──────────────────────────────────────────────┘
        dead: given up · cancelled: no longer wanted · parked: kind unknown to this worker
fence   raised by every claim; every later write names it, so a worker that was stopped past its
        lease can no longer write.
turn_at the order within a priority: when it is due, or a second after the turn of the same person's
        job before it. So a thousand jobs of one person do not stand in front of everybody else's.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, Index, Integer, String, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.database import Base, JsonObject, Key, UtcDateTime


def _index_of_queued(name: str, *columns: str, also: str = "") -> Index:
    """Returns an index of the queued rows alone: ended ones, kept for weeks, cost it nothing."""
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
    # Whose turn it uses; NULL: nobody's, as for clean-up.
    for_user: Mapped[str | None] = mapped_column(Key)
    turn_at: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    crashes: Mapped[int] = mapped_column(Integer, default=0)
    # Times nobody can tell whether the mail went out: the worker died, or the server fell silent,
    # between handing over and the answer.
    unsure: Mapped[int] = mapped_column(Integer, default=0)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    fence: Mapped[int] = mapped_column(Integer, default=0)
    last_error: Mapped[str] = mapped_column(String(500), default="")
    # Of the request that asked for it, so that logs of both processes can be joined.
    request_id: Mapped[str] = mapped_column(String(64), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint(
            f"state IN ({', '.join(map(repr, STATES))})",
            name="state",
        ),
        # When the next one falls due, and what is held or parked.
        Index("ix_jobs_due", "state", "priority", "run_at"),
        # In the order of claiming: a million due jobs are not sorted to take ten.
        _index_of_queued("ix_jobs_turn", "priority", "turn_at", "run_at"),
        _index_of_queued("ix_jobs_for_user", "for_user", "turn_at"),
        _index_of_queued("ix_jobs_suspects", "run_at", also="crashes > 0"),
        Index("ix_jobs_finished_at", "finished_at"),
    )


# Said as the indexes above say it: of a parameter no planner knows that it is 'queued'.
IS_QUEUED = literal_column("jobs.state = 'queued'", Boolean)
IS_SUSPECT = literal_column("jobs.crashes > 0", Boolean)


class WorkerRow(Base):
    """A worker process that was alive at `seen_at`, by the database's clock."""

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(Key, primary_key=True)
    host: Mapped[str] = mapped_column(String(255))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
