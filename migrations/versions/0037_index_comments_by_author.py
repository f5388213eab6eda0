"""Index comments by author: exports read them by it, and a deleted account takes its name from them.

Revision: 0037, after 0036. On Postgres the index is built while the site is in use; a migration that was
interrupted can be run again.
"""

from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

NAME = "ix_comments_author_id"


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        op.create_index(NAME, "comments", ["author_id", "id"])
        return
    with op.get_context().autocommit_block():
        # CONCURRENTLY waits for transactions, for as long as they take, and lets no request wait.
        op.execute("SET lock_timeout = 0")
        # An interrupted CREATE INDEX CONCURRENTLY leaves an index that is not valid.
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {NAME}")
        op.execute(f"CREATE INDEX CONCURRENTLY {NAME} ON comments (author_id, id)")
        op.execute("RESET lock_timeout")


def downgrade() -> None:
    op.drop_index(NAME, "comments")
