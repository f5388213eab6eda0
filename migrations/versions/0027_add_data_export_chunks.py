"""Add the table data_export_chunks.

Revision: 0027, after 0026
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

KEY = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "data_export_chunks",
        sa.Column("export_id", KEY, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["export_id"], ["data_exports.id"], ondelete="CASCADE",
            name=op.f("fk_data_export_chunks_export_id_data_exports"),
        ),
        sa.PrimaryKeyConstraint("export_id", "number", name=op.f("pk_data_export_chunks")),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("data_export_chunks")
