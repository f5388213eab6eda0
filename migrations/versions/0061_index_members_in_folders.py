"""Index members by folder, for deleting a folder.

Revision: 0061, after 0060. On Postgres the index is built while the site is in use; a migration that was
interrupted can be run again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

_IN_FOLDER = "folder_id IS NOT NULL"


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        op.create_index(
            "ix_members_folder_id", "members", ["folder_id"], sqlite_where=sa.text(_IN_FOLDER)
        )
        return
    with op.get_context().autocommit_block():
        # CONCURRENTLY waits for transactions, for as long as they take, and lets no request wait.
        op.execute("SET lock_timeout = 0")
        # An interrupted CREATE INDEX CONCURRENTLY leaves an index that is not valid.
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_members_folder_id")
        op.execute(
            "CREATE INDEX CONCURRENTLY ix_members_folder_id ON members (folder_id)"
            f" WHERE {_IN_FOLDER}"
        )
        op.execute("RESET lock_timeout")


def downgrade() -> None:
    op.drop_index("ix_members_folder_id", "members")
