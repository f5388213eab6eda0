"""Rename the column `notes` of todos to `description`, and give every list a new epoch.

Revision: 0004, after 0003. The column is renamed in place: no row is rewritten. Stored events contain
todos under the old name of the field, so they are deleted, and clients that follow a list fetch its
snapshot again because its epoch is new.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _rename("notes", "description")


def downgrade() -> None:
    _rename("description", "notes")


def _rename(old: str, new: str) -> None:
    op.execute(f"ALTER TABLE todos RENAME COLUMN {old} TO {new}")
    op.execute("DELETE FROM events WHERE stream_id NOT LIKE 'user:%'")
    is_postgres = op.get_bind().dialect.name == "postgresql"
    epoch = "left(md5(random()::text), 8)" if is_postgres else "lower(hex(randomblob(4)))"
    streams = sa.table("streams", *map(sa.column, ("id", "epoch", "head", "floor")))
    op.execute(
        streams.update()
        .where(streams.c.id.not_like("user:%"))
        .values(floor=streams.c.head, epoch=sa.literal_column(epoch))
    )
