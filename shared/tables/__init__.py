"""Every table, one module a feature. Columns and constraints only: no queries, no behaviour.

They stand on a floor of their own, below the gate: deciding who may do what reads `lists` and
`members`, and a feature never reaches into the one beside it for a table.
"""

from shared.database.column_types import Base
from shared.tables import (
    accounts,
    comments,
    idempotency,
    jobs,
    labels,
    lists,
    members,
    notifications,
    reminders,
    streams,
    todos,
)

metadata = Base.metadata

__all__ = [
    "accounts",
    "comments",
    "idempotency",
    "jobs",
    "labels",
    "lists",
    "members",
    "metadata",
    "notifications",
    "reminders",
    "streams",
    "todos",
]
