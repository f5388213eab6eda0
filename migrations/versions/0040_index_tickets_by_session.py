"""Index tickets by session: the database looks for these when sessions are deleted, 500 at once.

Revision: 0040, after 0039. On Postgres the index is built while the site is in use; a migration that was
interrupted can be run again.
"""

from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

NAME = "ix_tickets_session_id"


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        op.create_index(NAME, "tickets", ["session_id"])
        return
    with op.get_context().autocommit_block():
        # CONCURRENTLY waits for transactions, for as long as they take, and lets no request wait.
        op.execute("SET lock_timeout = 0")
        # An interrupted CREATE INDEX CONCURRENTLY leaves an index that is not valid.
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {NAME}")
        op.execute(f"CREATE INDEX CONCURRENTLY {NAME} ON tickets (session_id)")
        op.execute("RESET lock_timeout")


def downgrade() -> None:
    op.drop_index(NAME, "tickets")
