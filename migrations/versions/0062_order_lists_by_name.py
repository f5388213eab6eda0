"""Give the lists of each user the order that they were shown in: by name.

Revision: 0062, after 0061. One statement. On Postgres it locks the rows of
members alone, for changes of roles; nothing that reads them waits.
"""

from alembic import op

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A rank is a fraction in base 62: "V" keeps room before the first, and none ends in a zero.
    number = "'V' || substr('0000' || position, -4) || 'V'"
    if op.get_bind().dialect.name == "postgresql":
        number = "'V' || lpad(position::text, 4, '0') || 'V'"
    op.execute(
        f"""
        UPDATE members SET rank = {number}
        FROM (
            SELECT mine.list_id, mine.user_id, row_number() OVER (
                PARTITION BY mine.user_id ORDER BY lower(lists.name), lists.id
            ) AS position
            FROM members AS mine JOIN lists ON lists.id = mine.list_id
            WHERE lists.inbox_of IS NULL
        ) AS ordered
        WHERE members.list_id = ordered.list_id AND members.user_id = ordered.user_id
          AND members.rank IS NULL
        """  # noqa: S608 - constants
    )


def downgrade() -> None:
    """Leave the ranks: the column goes with 0060."""
