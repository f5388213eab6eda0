"""Add the table todo_personal_labels: which todos a user put personal labels on.

Revision: 0074, after 0073
"""

import sqlalchemy as sa
from alembic import op

revision = "0074"
down_revision = "0073"
branch_labels = None
depends_on = None

KEY = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")


def upgrade() -> None:
    columns = {"user_id": "users", "todo_id": "todos", "label_id": "personal_labels"}
    op.create_table(
        "todo_personal_labels",
        *[sa.Column(name, KEY, nullable=False) for name in columns],
        *[
            sa.ForeignKeyConstraint(
                [name], [f"{table}.id"], ondelete="CASCADE",
                name=op.f(f"fk_todo_personal_labels_{name}_{table}"),
            )
            for name, table in columns.items()
        ],
        sa.PrimaryKeyConstraint(*columns, name=op.f("pk_todo_personal_labels")),
    )  # fmt: skip
    for name in ("todo_id", "label_id"):
        op.create_index(op.f(f"ix_todo_personal_labels_{name}"), "todo_personal_labels", [name])


def downgrade() -> None:
    op.drop_table("todo_personal_labels")
