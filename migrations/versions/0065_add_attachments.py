"""Add the table attachments.

Revision: 0065, after 0064
"""

import sqlalchemy as sa
from alembic import op

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None

KEY = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")
WITHOUT_TODO = sa.text("todo_id IS NULL")
TO_DELETE = sa.text("delete_at IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "attachments",
        sa.Column("id", KEY, nullable=False),
        sa.Column("todo_id", KEY),
        sa.Column("uploader_id", KEY),
        sa.Column("state", KEY, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("media_type", sa.String(127), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("width", sa.Integer()),
        sa.Column("height", sa.Integer()),
        sa.Column("has_thumbnail", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delete_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint(
            "state IN ('uploading', 'ready', 'removed')", name=op.f("ck_attachments_state")
        ),
        sa.CheckConstraint(
            "(delete_at IS NULL) = (state = 'ready')", name=op.f("ck_attachments_delete_at")
        ),
        sa.ForeignKeyConstraint(
            ["todo_id"], ["todos.id"], ondelete="SET NULL",
            name=op.f("fk_attachments_todo_id_todos"),
        ),
        sa.ForeignKeyConstraint(
            ["uploader_id"], ["users.id"], ondelete="SET NULL",
            name=op.f("fk_attachments_uploader_id_users"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
    )  # fmt: skip
    op.create_index(op.f("ix_attachments_todo_id"), "attachments", ["todo_id", "id"])
    op.create_index(op.f("ix_attachments_uploader_id"), "attachments", ["uploader_id", "id"])
    op.create_index(
        op.f("ix_attachments_without_todo"), "attachments", ["id"],
        postgresql_where=WITHOUT_TODO, sqlite_where=WITHOUT_TODO,
    )  # fmt: skip
    op.create_index(
        op.f("ix_attachments_delete_at"), "attachments", ["delete_at"],
        postgresql_where=TO_DELETE, sqlite_where=TO_DELETE,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("attachments")
