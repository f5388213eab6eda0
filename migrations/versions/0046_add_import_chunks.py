"""Add the table import_chunks.

Revision: 0046, after 0045
"""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

KEY = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "import_chunks",
        sa.Column("import_id", KEY, nullable=False),
        sa.Column("part", KEY, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("part IN ('file', 'page')", name=op.f("ck_import_chunks_part")),
        sa.ForeignKeyConstraint(
            ["import_id"], ["imports.id"], ondelete="CASCADE",
            name=op.f("fk_import_chunks_import_id_imports"),
        ),
        sa.PrimaryKeyConstraint("import_id", "part", "number", name=op.f("pk_import_chunks")),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("import_chunks")
