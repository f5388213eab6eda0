"""Index the audit by what administrators filter it by.

Revision: 0032, after 0031. On Postgres the indexes are built while the site is in use, each in a
transaction of its own; a migration that was interrupted can be run again.
"""

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

COLUMNS = ("action", "actor_id", "address")


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        for column in COLUMNS:
            op.create_index(f"ix_audit_{column}", "audit", [column, "id"])
        return
    with op.get_context().autocommit_block():
        # CONCURRENTLY waits for transactions, for as long as they take, and lets no request wait.
        op.execute("SET lock_timeout = 0")
        for column in COLUMNS:
            # An interrupted CREATE INDEX CONCURRENTLY leaves an index that is not valid.
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS ix_audit_{column}")
            op.execute(f"CREATE INDEX CONCURRENTLY ix_audit_{column} ON audit ({column}, id)")
        op.execute("RESET lock_timeout")


def downgrade() -> None:
    for column in COLUMNS:
        op.drop_index(f"ix_audit_{column}", "audit")
