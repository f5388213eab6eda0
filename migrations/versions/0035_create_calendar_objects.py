"""Create calendar_objects: what calendar apps call todos, and what of them a todo has no field for.

Revision: 0035, after 0034. A new table, which older code does not use.
"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

KEY = sa.String(64).with_variant(sa.String(64, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "calendar_objects",
        sa.Column("todo_id", KEY, nullable=False),
        sa.Column("uid", sa.String(255), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("parent_uid", sa.String(255)),
        sa.Column("kept", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["todo_id"],
            ["todos.id"],
            name=op.f("fk_calendar_objects_todo_id_todos"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("todo_id", name=op.f("pk_calendar_objects")),
    )
    for column in ("uid", "name", "parent_uid"):
        op.create_index(op.f(f"ix_calendar_objects_{column}"), "calendar_objects", [column])


def downgrade() -> None:
    op.drop_table("calendar_objects")
