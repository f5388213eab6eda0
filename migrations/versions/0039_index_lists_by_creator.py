"""Index lists by who created them: the database looks for these when an account is deleted.

Revision: 0039, after 0038. On Postgres the index is built while the site is in use; a migration that was
interrupted can be run again.
"""

from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

NAME = "ix_lists_created_by"


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        op.create_index(NAME, "lists", ["created_by"])
        return
    with op.get_context().autocommit_block():
        # CONCURRENTLY waits for transactions, for as long as they take, and lets no request wait.
        op.execute("SET lock_timeout = 0")
        # An interrupted CREATE INDEX CONCURRENTLY leaves an index that is not valid.
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {NAME}")
        op.execute(f"CREATE INDEX CONCURRENTLY {NAME} ON lists (created_by)")
        op.execute("RESET lock_timeout")


def downgrade() -> None:
    op.drop_index(NAME, "lists")
