"""Add the table imported_todos.

Revision: 0048, after 0047
"""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

KEY = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "imported_todos",
        sa.Column("list_id", KEY, nullable=False),
        sa.Column("source_key", KEY, nullable=False),
        sa.Column("todo_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["todo_id"], ["todos.id"], ondelete="CASCADE",
            name=op.f("fk_imported_todos_todo_id_todos"),
        ),
        sa.ForeignKeyConstraint(
            ["list_id"], ["lists.id"], ondelete="CASCADE",
            name=op.f("fk_imported_todos_list_id_lists"),
        ),
        sa.PrimaryKeyConstraint("list_id", "source_key", name=op.f("pk_imported_todos")),
    )  # fmt: skip
    op.create_index(op.f("ix_imported_todos_todo_id"), "imported_todos", ["todo_id"])


def downgrade() -> None:
    op.drop_table("imported_todos")
