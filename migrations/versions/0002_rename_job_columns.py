"""Rename columns and indexes of the jobs table to the standard terms.

Revision: 0002, after 0001. Columns are renamed in place: no row is rewritten and no table is copied.
Alembic's batch mode would drop and recreate the table on SQLite, so it is not used here.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

COLUMNS = (
    ("turn_at", "fair_run_at"),
    ("for_user", "fairness_key"),
    ("unsure", "in_doubt_count"),
)
# Old name, new name, columns under their new names, condition.
INDEXES = (
    ("ix_jobs_turn", "ix_jobs_fair_order", ("priority", "fair_run_at", "run_at"), ""),
    ("ix_jobs_for_user", "ix_jobs_fairness_key", ("fairness_key", "fair_run_at"), ""),
    ("ix_jobs_suspects", "ix_jobs_quarantined", ("run_at",), " AND crashes > 0"),
)


def upgrade() -> None:
    for old, new in COLUMNS:
        op.execute(f"ALTER TABLE jobs RENAME COLUMN {old} TO {new}")
    for old, new, columns, condition in INDEXES:
        _rename_index(old, new, columns, condition)


def downgrade() -> None:
    old_names = {new: old for old, new in COLUMNS}
    for old, new in COLUMNS:
        op.execute(f"ALTER TABLE jobs RENAME COLUMN {new} TO {old}")
    for old, new, columns, condition in INDEXES:
        _rename_index(new, old, [old_names.get(name, name) for name in columns], condition)


def _rename_index(old: str, new: str, columns: tuple[str, ...] | list[str], condition: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER INDEX {old} RENAME TO {new}")
        return
    # SQLite cannot rename an index.
    op.drop_index(old, table_name="jobs")
    where = sa.text(f"state = 'queued'{condition}")
    op.create_index(new, "jobs", list(columns), unique=False, sqlite_where=where)
