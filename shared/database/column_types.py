"""The base class of every table, and column types that behave alike on Postgres and SQLite."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, MetaData, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware UTC in Python; on SQLite, which has no such type, text that sorts by time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any]:
        return _to_sqlite if dialect.name == "sqlite" else _checked

    def result_processor(
        self, dialect: Dialect, coltype: object
    ) -> Callable[[str | None], datetime | None] | None:
        # asyncpg returns aware instants in UTC.
        return _from_sqlite if dialect.name == "sqlite" else None


def _checked(value: datetime | None) -> datetime | None:
    if value is not None and value.tzinfo is None:
        raise ValueError("a naive datetime is not an instant")
    return value


def _to_sqlite(value: datetime | None) -> str | None:
    if _checked(value) is None:
        return None
    utc = value.astimezone(UTC).replace(tzinfo=None)  # type: ignore[union-attr]
    return utc.isoformat(" ", "microseconds")


def _from_sqlite(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)


class Word(String):
    """Text of ids, ranks and names that the code gives: JSON writes it as it is."""


# Compared byte by byte on both databases: ids, ranks and tokens must sort alike everywhere.
Key = Word(64).with_variant(String(64, collation="C"), "postgresql")
RankText = Word(255).with_variant(String(255, collation="C"), "postgresql")
# At most 1023 bytes (WebAuthn, section 5.8.3) in base64url.
CredentialId = Word(1364).with_variant(String(1364, collation="C"), "postgresql")
SearchText = Text()
JsonObject = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
