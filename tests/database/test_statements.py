"""Statements are compiled once, and their lists, defaults and values reach both databases alike."""

import gc
import weakref
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

import pytest
from sqlalchemy import Integer, bindparam, cast, func, insert, literal, select, text, tuple_, update

from shared.database.errors import DatabaseError, InvalidData, UniqueViolation
from shared.database.postgres import COMPILER as POSTGRES
from shared.database.sqlite import COMPILER as SQLITE
from shared.database.statements import defer_inserts, insert_new
from shared.resources import Resources
from shared.tables.jobs import JobRow
from shared.tables.streams import EventRow, StreamRow

NOW = datetime(2026, 11, 29, 12, 0, 0, 123456, tzinfo=UTC)
_BY_ID = select(StreamRow.id, StreamRow.head).where(
    StreamRow.id.in_(bindparam("ids", expanding=True))
)


def _streams(count: int) -> list[dict[str, Any]]:
    return [{"id": f"s{n:05}", "epoch": "e", "head": n, "floor": 0} for n in range(count)]


@pytest.mark.parametrize("compiler", [POSTGRES, SQLITE], ids=["postgres", "sqlite"])
def test_a_list_of_any_length_is_one_parameter_of_one_text(compiler: Any) -> None:
    texts = {
        compiler.prepare(select(StreamRow.id).where(condition), {}).compiled.sql
        for condition in (StreamRow.id.in_(["a"]), StreamRow.id.in_(["a", "b", "c"]))
    }
    excluded = compiler.prepare(select(StreamRow.id).where(StreamRow.id.not_in(["a"])), {})

    assert len(texts) == 1
    assert len(excluded.values({})) == 1


@pytest.mark.parametrize("compiler", [POSTGRES, SQLITE], ids=["postgres", "sqlite"])
def test_equal_statements_share_a_text_and_keep_their_own_values(compiler: Any) -> None:
    first, second = (
        compiler.prepare(select(StreamRow.id).where(StreamRow.epoch == epoch), {})
        for epoch in ("one", "two")
    )

    assert first.compiled is second.compiled
    assert (first.values({}), second.values({})) == (["one"], ["two"])


@pytest.mark.parametrize("compiler", [POSTGRES, SQLITE], ids=["postgres", "sqlite"])
def test_a_statement_built_for_one_request_is_not_kept(compiler: Any) -> None:
    first = select(StreamRow.id).where(StreamRow.epoch == "kept nowhere", StreamRow.floor == 1)
    compiler.prepare(first, {})
    second = select(StreamRow.id).where(StreamRow.epoch == "nor here", StreamRow.floor == 2)
    compiler.prepare(second, {})
    kept = weakref.ref(second)

    del second
    gc.collect()

    assert kept() is None


async def test_lists_select_what_is_in_them(resources: Resources) -> None:
    class Name(StrEnum):
        FIRST = "s00000"

    async with resources.begin() as work:
        await work.connection.execute(insert(StreamRow), _streams(40_000))
    many = [f"s{n:05}" for n in range(0, 40_000, 2)]
    async with resources.begin_read() as read:
        connection = read.connection
        assert len((await connection.execute(_BY_ID, {"ids": many})).all()) == 20_000
        assert (await connection.execute(_BY_ID, {"ids": []})).all() == []
        assert await connection.scalars(_BY_ID, {"ids": {Name.FIRST}}) == ["s00000"]
        heads = select(func.count()).where(StreamRow.head.in_([1, 2, 99_999]))
        assert await connection.scalar(heads) == 2
        others = select(func.count()).where(StreamRow.id.not_in(many))
        assert await connection.scalar(others) == 20_000
        nothing_excluded = select(func.count()).where(StreamRow.id.not_in([]))
        assert await connection.scalar(nothing_excluded) == 40_000
        pairs = tuple_(StreamRow.id, StreamRow.head).in_([("s00001", 1), ("s00002", 7)])
        assert await connection.scalars(select(StreamRow.id).where(pairs)) == ["s00001"]
        nested = select(StreamRow.head).where(
            StreamRow.id.in_(select(StreamRow.id).where(StreamRow.head == 7))
        )
        assert await connection.scalars(nested) == [7]


async def test_instants_come_back_as_they_were_in_utc(resources: Resources) -> None:
    instants = [
        NOW,
        NOW.replace(microsecond=0),
        NOW.astimezone(timezone(timedelta(hours=5, minutes=30))),
    ]
    async with resources.begin() as work:
        await work.connection.execute(insert(StreamRow), _streams(1))
        events = [
            {"stream_id": "s00000", "seq": seq, "event": "e", "at": at, "frame": "{}"}
            for seq, at in enumerate(instants)
        ]
        await work.connection.execute(insert(EventRow), events)
    async with resources.begin_read() as read:
        found = await read.connection.scalars(select(EventRow.at).order_by(EventRow.seq))
        assert found == instants
        assert {at.tzinfo for at in found} == {UTC}
        assert await read.connection.scalar(select(EventRow.seq).where(EventRow.at == NOW)) == 0

    with pytest.raises(ValueError, match="naive"):
        async with resources.begin() as work:
            await work.connection.execute(
                update(EventRow).values(at=datetime(2026, 1, 1)),  # noqa: DTZ001  the mistake
            )


async def test_an_insert_takes_the_defaults_of_the_columns_and_skips_taken_keys(
    resources: Resources,
) -> None:
    job = {
        "id": "j", "kind": "k", "payload": {"a": [1, None, "é"]}, "dedupe_key": "once",
        "run_at": NOW, "fair_run_at": NOW, "created_at": NOW,
    }  # fmt: skip
    async with resources.begin() as work:
        assert await insert_new(work.connection, JobRow, job, key=("dedupe_key",))
        assert not await insert_new(work.connection, JobRow, job | {"id": "k"}, key=("dedupe_key",))
        others = [job | {"id": f"o{n}", "dedupe_key": f"key {n // 2}"} for n in range(4)]
        defer_inserts(work.connection, JobRow, others, skip_taken=("dedupe_key",))
        rows = await work.connection.execute(
            select(JobRow.id, JobRow.payload, JobRow.state, JobRow.attempts).order_by(JobRow.id)
        )
        assert [tuple(row) for row in rows] == [
            (name, job["payload"], "queued", 0) for name in ("j", "o0", "o2")
        ]


async def test_a_missing_value_is_an_error_before_anything_is_sent(resources: Resources) -> None:
    async with resources.begin_read() as read:
        with pytest.raises(LookupError, match="ids"):
            await read.connection.execute(_BY_ID)


async def test_errors_say_what_is_wrong_and_quote_no_value(resources: Resources) -> None:
    stream = _streams(1)[0] | {"id": "canary"}

    with pytest.raises(UniqueViolation) as taken:
        async with resources.begin() as work:
            await work.connection.execute(insert(StreamRow), [stream, stream])
    with pytest.raises(InvalidData) as refused:
        async with resources.begin() as work:
            await work.connection.execute(insert(StreamRow), stream | {"floor": 5})
    with pytest.raises(DatabaseError) as unknown:
        async with resources.begin() as work:
            await work.connection.execute(text("SELECT 1 FROM no_such_table"))

    with pytest.raises((InvalidData, DatabaseError)) as unfit:
        async with resources.begin() as work:
            await work.connection.execute(
                select(StreamRow.head).where(StreamRow.head == literal("canary", Integer))
            )
            raise InvalidData("SQLite compares any values")
    with pytest.raises((InvalidData, DatabaseError)) as cast_failed:
        async with resources.begin() as work:
            await work.connection.execute(select(cast(literal("canary"), Integer)))
            raise InvalidData("SQLite casts any values")

    errors = [taken.value, refused.value, unknown.value, unfit.value, cast_failed.value]
    assert not any("canary" in f"{error!r} {error.__cause__!r}" for error in errors)
    assert not any(error.is_transient for error in errors[:2])
    assert "no_such_table" in str(unknown.value)


async def test_rows_of_plain_text_have_the_names_of_their_columns(resources: Resources) -> None:
    async with resources.begin_read() as read:
        row = (
            await read.connection.execute(text("SELECT 1 AS one, :two AS two"), {"two": "2"})
        ).one()

    assert (row.one, row.two, tuple(row)) == (1, "2", (1, "2"))


async def test_a_separator_is_a_value_like_any_other(resources: Resources) -> None:
    async with resources.begin() as work:
        await work.connection.execute(insert(StreamRow), _streams(2))
        joined = [
            await work.connection.scalar(select(func.aggregate_strings(StreamRow.epoch, separator)))
            for separator in (",", ";")
        ]
        both = select(literal(1)).where(tuple_(literal(1), literal(2)) == tuple_(1, 2))
        assert await work.connection.scalar(both) == 1

    assert joined == ["e,e", "e;e"]
