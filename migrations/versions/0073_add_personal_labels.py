"""Add the table personal_labels: labels that users keep for themselves.

Revision: 0073, after 0072
"""

import sqlalchemy as sa
from alembic import op

revision = "0073"
down_revision = "0072"
branch_labels = None
depends_on = None

KEY = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "personal_labels",
        sa.Column("id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("name", sa.String(50), nullable=False),
        sa.Column("name_key", sa.String(1000), nullable=False),
        sa.Column("colour", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], ondelete="CASCADE",
            name=op.f("fk_personal_labels_user_id_users"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_personal_labels")),
        sa.UniqueConstraint("user_id", "name_key", name=op.f("uq_personal_labels_user_id_name_key")),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("personal_labels")
