"""Search todos and comments: for the words as they were typed, or else with one typo in each."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    Text,
    bindparam,
    case,
    exists,
    literal_column,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from shared.access import gate
from shared.access.policy import Action
from shared.actor import Actor
from shared.contract.comments.found import FoundShape, SearchShape
from shared.database.json_text import contains, in_rows, like_any
from shared.search.snippets import snippet
from shared.search.typos import near_word
from shared.tables.comments import CommentRow
from shared.tables.todos import TodoRow
from shared.todos.queries.filters import MAX_SEARCH_WORDS, search_words
from shared.unit_of_work import ReadTransaction

_HasWord = Callable[[Any, int], ColumnElement[bool]]
_Commented = aliased(TodoRow, name="commented")
_SHOWN = (TodoRow.id.label("todo_id"), TodoRow.list_id, TodoRow.title, TodoRow.status)
_IS_ENDED = case((TodoRow.status.in_(["completed", "cancelled"]), 1), else_=0).label("is_ended")


async def search(read: ReadTransaction, actor: Actor, words: str, limit: int) -> SearchShape:
    """Return at most `limit` todos and comments that contain all words, in one statement.

    A todo contains them in its title and description together. Open todos come first, then todos before
    comments, then the newest. Only if nothing has the words as typed, each may have one typo. Raise Invalid.
    """
    texts = search_words(words, "q")
    if not texts:
        return SearchShape(items=[], is_approximate=False)
    values: dict[str, Any] = gate.reader(actor, Action.READ_COMMENTS) | {"limit": limit}
    for number, text in enumerate(texts):
        near = near_word(text)
        values |= {
            f"word_{number}": text,
            f"patterns_{number}": orjson.dumps(near.patterns).decode(),
        }
        values |= {f"part_{number}_{at}": part for at, part in enumerate(near.parts)}
    rows = (await read.connection.execute(found_by(len(texts)), values)).all()
    found = [
        FoundShape(
            todo_id=row.todo_id,
            list_id=row.list_id,
            title=row.title,
            status=row.status,
            comment_id=row.comment_id,
            snippet=None if row.body is None else snippet(row.body, texts),
        )
        for row in rows
    ]
    return SearchShape(items=found, is_approximate=bool(rows) and bool(rows[0].is_near))


@lru_cache(maxsize=MAX_SEARCH_WORDS)
def found_by(words: int) -> Select[Any]:
    """Return the statement for a search of so many words."""
    exact = _found(words, _has_word, 0).cte("exact")
    near = _found(words, _has_near_word, 1, ~exists().select_from(exact)).cte("near")
    both = union_all(select(exact), select(near)).subquery("found")
    newest = (both.c.is_ended, both.c.is_comment, both.c.id.desc())
    return select(both).order_by(*newest).limit(bindparam("limit", type_=Integer))


def _found(
    words: int, has_word: _HasWord, is_near: int, *conditions: ColumnElement[bool]
) -> CompoundSelect[Any]:
    near: ColumnElement[int] = literal_column(str(is_near)).label("is_near")
    of_todo: tuple[ColumnElement[Any], ...] = (
        null().cast(Text).label("comment_id"), null().cast(Text).label("body"),
        literal_column("0").label("is_comment"), TodoRow.id.label("id"),
    )  # fmt: skip
    todos = select(*_SHOWN, _IS_ENDED, *of_todo, near).where(
        *_is_readable(TodoRow), *_has_all(TodoRow.search_text, words, has_word), *conditions
    )
    of_comment: tuple[ColumnElement[Any], ...] = (
        CommentRow.id.label("comment_id"), CommentRow.body.label("body"),
        literal_column("1").label("is_comment"), CommentRow.id.label("id"),
    )  # fmt: skip
    commented = select(_Commented.id).where(*_is_readable(_Commented), _Commented.comment_count > 0)
    comments = (
        select(*_SHOWN, _IS_ENDED, *of_comment, near)
        .join(CommentRow, CommentRow.todo_id == TodoRow.id)
        .where(
            in_rows(CommentRow.todo_id, commented),
            *_has_all(CommentRow.search_text, words, has_word),
            *conditions,
        )
    )
    return union_all(todos, comments)


def _is_readable(todos: type[TodoRow]) -> tuple[ColumnElement[bool], ...]:
    return (in_rows(todos.list_id, gate.readable_lists()), todos.deleted_at.is_(None))


def _has_all(text: Any, words: int, has_word: _HasWord) -> list[ColumnElement[bool]]:
    return [has_word(text, number) for number in range(words)]


def _has_word(text: Any, number: int) -> ColumnElement[bool]:
    return contains(text, bindparam(f"word_{number}", type_=TodoRow.search_text.type))


def _has_near_word(text: Any, number: int) -> ColumnElement[bool]:
    kind = TodoRow.search_text.type
    parts = [bindparam(f"part_{number}_{at}", type_=kind) for at in range(3)]
    patterns = bindparam(f"patterns_{number}", type_=kind)
    return or_(*(contains(text, part) for part in parts)) & like_any(text, patterns)
