"""Index the audit by account, in the order in which users read it.

Revision: 0033, after 0032. On Postgres the indexes are built while the site is in use, each in a
transaction of its own; a migration that was interrupted can be run again.
"""

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

NEW = (("ix_audit_user_id_id", ["user_id", "id"]),)
OLD = (("ix_audit_user_id", ["user_id"]),)

Indexes = tuple[tuple[str, list[str]], ...]


def upgrade() -> None:
    _replace(OLD, NEW)


def downgrade() -> None:
    _replace(NEW, OLD)


def _replace(old: Indexes, new: Indexes) -> None:
    """Create the new indexes, then drop the old ones."""
    if op.get_bind().dialect.name != "postgresql":
        for name, columns in new:
            op.create_index(name, "audit", columns)
        for name, _columns in old:
            op.drop_index(name, "audit")
        return
    with op.get_context().autocommit_block():
        # CONCURRENTLY waits for transactions, for as long as they take, and lets no request wait.
        op.execute("SET lock_timeout = 0")
        for name, columns in new:
            # An interrupted CREATE INDEX CONCURRENTLY leaves an index that is not valid.
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            op.execute(f"CREATE INDEX CONCURRENTLY {name} ON audit ({', '.join(columns)})")
        for name, _columns in old:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        op.execute("RESET lock_timeout")
