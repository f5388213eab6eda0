"""Compare addresses as mail servers do: domains by A-label, local parts by case and NFC.

Revision: 0005, after 0004. Recomputes `email_key` of accounts and invitations; only addresses with
letters outside ASCII change. A key that another row has already stays as it was, and the log names the
row: that account cannot be found by its address until an operator gives it another one.
"""

import logging
import unicodedata
from collections.abc import Callable

import idna
import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

log = logging.getLogger(__name__)

_CLOSED_AT = ("accepted_at", "declined_at", "withdrawn_at")
USERS = sa.table("users", *map(sa.column, ("id", "email", "email_key")))
INVITATIONS = sa.table(
    "invitations", *map(sa.column, ("id", "email", "email_key", "list_id", *_CLOSED_AT))
)


def upgrade() -> None:
    _set_keys(USERS, _new_key)
    _set_keys(INVITATIONS, _new_key)


def downgrade() -> None:
    _set_keys(USERS, _old_key)
    _set_keys(INVITATIONS, _old_key)


def _set_keys(table: sa.TableClause, key_of: Callable[[str], str]) -> None:
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        octets = sa.func.octet_length(table.c.email)
    else:
        octets = sa.func.length(sa.cast(table.c.email, sa.LargeBinary))
    is_outside_ascii = octets != sa.func.length(table.c.email)
    rows = connection.execute(sa.select(table).where(is_outside_ascii).order_by(table.c.id)).all()
    for row in rows:
        key = key_of(row.email)
        same_key = sa.select(table.c.id).where(table.c.email_key == key, table.c.id != row.id)
        if table is INVITATIONS:  # unique among those of a list that are not closed
            unclosed = [table.c[name].is_(None) for name in _CLOSED_AT]
            same_key = same_key.where(table.c.list_id == row.list_id, *unclosed)
        if key == row.email_key:
            continue
        if connection.execute(same_key).first():
            log.warning("%s %s keeps its old key: another has the same address", table.name, row.id)
        else:
            connection.execute(sa.update(table).where(table.c.id == row.id).values(email_key=key))


def _new_key(email: str) -> str:
    # A copy of shared/text.py as it was at this revision.
    local, _, domain = email.strip().rpartition("@")
    domain = _lower(domain)
    try:
        domain = idna.encode(domain).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        pass
    return f"{_lower(local)}@{domain}"


def _lower(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).lower())


def _old_key(email: str) -> str:
    return unicodedata.normalize("NFKC", email.strip()).casefold()
