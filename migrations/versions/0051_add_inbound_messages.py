"""Add the table inbound_messages.

Revision: 0051, after 0050
"""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

KEY = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "inbound_messages",
        sa.Column("id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("list_id", KEY, nullable=False),
        sa.Column("todo_id", KEY),
        sa.Column("state", KEY, nullable=False),
        sa.Column("failure", sa.String(500), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary()),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('stored', 'done', 'failed')", name=op.f("ck_inbound_messages_state")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], ondelete="CASCADE",
            name=op.f("fk_inbound_messages_user_id_users"),
        ),
        sa.ForeignKeyConstraint(
            ["list_id"], ["lists.id"], ondelete="CASCADE",
            name=op.f("fk_inbound_messages_list_id_lists"),
        ),
        sa.ForeignKeyConstraint(
            ["todo_id"], ["todos.id"], ondelete="CASCADE",
            name=op.f("fk_inbound_messages_todo_id_todos"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_messages")),
    )  # fmt: skip
    for columns in (["list_id"], ["todo_id"], ["received_at"], ["user_id", "received_at"]):
        name = f"ix_inbound_messages_{'_'.join(columns)}"
        op.create_index(op.f(name), "inbound_messages", columns)


def downgrade() -> None:
    op.drop_table("inbound_messages")
