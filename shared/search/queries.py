"""Search todos and comments: for the words as they were typed, or else with one typo in each."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    exists,
    false,
    func,
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
from shared.database.json_text import contains, in_rows, index_of, like_any
from shared.search.snippets import Snippets
from shared.search.typos import near_words
from shared.tables.comments import CommentRow
from shared.tables.todos import TodoRow
from shared.todos.queries.filters import MAX_SEARCH_WORDS, search_words
from shared.unit_of_work import ReadTransaction

# A typo is forgiven in the beginning of a text: comparing a text with all patterns takes time with its
# length, for the worst texts 2 µs a character and word. So a search compares at most so many characters,
# of the newest texts with a part of each word.
_MAX_NEAR_TEXT = 2_000
_MAX_NEAR_CHARACTERS = 50_000
_MAX_CANDIDATES = 1_000

_HasWord = Callable[[Any, int], ColumnElement[bool]]
_Part = Callable[[Any], Any]
_Place = Callable[[Any], ColumnElement[int]]
_Commented = aliased(TodoRow, name="commented")
_SHOWN = (TodoRow.id.label("todo_id"), TodoRow.list_id, TodoRow.title, TodoRow.status)
_IS_ENDED = case((TodoRow.status.in_(["completed", "cancelled"]), 1), else_=0).label("is_ended")


async def search(read: ReadTransaction, actor: Actor, words: str, limit: int) -> SearchShape:
    """Return at most `limit` todos and comments that contain all words, in one statement.

    A todo contains them in its title and description together. Open todos come first, then todos before
    comments, then the newest. Only if nothing has the words as typed, some may have one typo. Raise Invalid.
    """
    texts = search_words(words, "q")
    if not texts:
        return SearchShape(items=[], is_approximate=False)
    near = near_words(texts)
    values: dict[str, Any] = gate.reader(actor, Action.READ_COMMENTS) | {"limit": limit}
    for number, text in enumerate(texts):
        values |= {
            f"word_{number}": text,
            f"patterns_{number}": orjson.dumps(near[number].patterns).decode(),
        }
        values |= {f"part_{number}_{at}": part for at, part in enumerate(near[number].parts)}
    rows = (await read.connection.execute(found_by(len(texts)), values)).all()
    needles = (*texts, *(part for word in near for part in word.parts))
    snippets = Snippets(needles)
    found = [
        FoundShape(
            todo_id=row.todo_id,
            list_id=row.list_id,
            title=row.title,
            status=row.status,
            comment_id=row.comment_id,
            snippet=None
            if row.body is None
            else snippets.of(row.body, row.place, row.folded_length),
        )
        for row in rows
    ]
    return SearchShape(items=found, is_approximate=bool(rows) and bool(rows[0].is_near))


@lru_cache(maxsize=MAX_SEARCH_WORDS)
def found_by(words: int) -> Select[Any]:
    """Return the statement for a search of so many words."""
    exact = union_all(*_matches(words, _has_word, _whole, _place)).cte("exact")
    is_new = ~exists().select_from(exact)
    parted = [
        # A bound for the sort, before the texts are added up.
        matches.where(is_new).order_by(literal_column("id").desc()).limit(_MAX_CANDIDATES)
        for matches in _matches(words, _has_part, _beginning, _near_place, with_text=True)
    ]
    candidates = union_all(*(select(part.subquery()) for part in parted)).subquery("candidates")
    read = func.sum(func.length(candidates.c.text)).over(order_by=candidates.c.id.desc())
    bounded = select(candidates, read.label("read")).subquery("bounded")
    # CASE, as databases choose the order of conditions that are joined by AND.
    is_like = and_(*(_has_pattern(bounded.c.text, number) for number in range(words)))
    near = select(*(bounded.c[name] for name in exact.c.keys())).where(  # noqa: SIM118
        case((bounded.c.read <= _MAX_NEAR_CHARACTERS, is_like), else_=false())
    )
    both = union_all(
        select(exact, literal_column("0").label("is_near")),
        near.add_columns(literal_column("1").label("is_near")),
    ).subquery("found")
    newest = (both.c.is_ended, both.c.is_comment, both.c.id.desc())
    return select(both).order_by(*newest).limit(bindparam("limit", type_=Integer))


def _matches(
    words: int, has_word: _HasWord, of: _Part, place: _Place, *, with_text: bool = False
) -> tuple[Select[Any], Select[Any]]:
    """Return the todos and the comments with all words in their texts, which `of` may cut."""
    todo_text, comment_text = of(TodoRow.search_text), of(CommentRow.search_text)
    nothing: ColumnElement[int] = literal_column("0")
    todos = select(
        *_SHOWN, _IS_ENDED, null().cast(Text).label("comment_id"), null().cast(Text).label("body"),
        literal_column("0").label("is_comment"), TodoRow.id.label("id"),
        nothing.label("place"), literal_column("0").label("folded_length"),
    ).where(*_is_readable(TodoRow), *_has_all(todo_text, words, has_word))  # fmt: skip
    commented = select(_Commented.id).where(*_is_readable(_Commented), _Commented.comment_count > 0)
    comments = (
        select(
            *_SHOWN, _IS_ENDED, CommentRow.id.label("comment_id"), CommentRow.body.label("body"),
            literal_column("1").label("is_comment"), CommentRow.id.label("id"),
            place(comment_text).label("place"),
            func.length(CommentRow.search_text).label("folded_length"),
        )
        .join(CommentRow, CommentRow.todo_id == TodoRow.id)
        .where(
            in_rows(CommentRow.todo_id, commented), *_has_all(comment_text, words, has_word)
        )
    )  # fmt: skip
    if with_text:
        todos = todos.add_columns(todo_text.label("text"))
        comments = comments.add_columns(comment_text.label("text"))
    return todos, comments


def _is_readable(todos: type[TodoRow]) -> tuple[ColumnElement[bool], ...]:
    return (in_rows(todos.list_id, gate.readable_lists()), todos.deleted_at.is_(None))


def _has_all(text: Any, words: int, has_word: _HasWord) -> list[ColumnElement[bool]]:
    return [has_word(text, number) for number in range(words)]


def _word(number: int) -> ColumnElement[str]:
    return bindparam(f"word_{number}", type_=TodoRow.search_text.type)


def _parts(number: int) -> list[ColumnElement[str]]:
    kind = TodoRow.search_text.type
    return [bindparam(f"part_{number}_{at}", type_=kind) for at in range(3)]


def _has_word(text: Any, number: int) -> ColumnElement[bool]:
    return contains(text, _word(number))


def _has_part(text: Any, number: int) -> ColumnElement[bool]:
    return or_(*(contains(text, part) for part in _parts(number)))


def _has_pattern(text: Any, number: int) -> ColumnElement[bool]:
    return like_any(text, bindparam(f"patterns_{number}", type_=TodoRow.search_text.type))


def _whole(text: Any) -> Any:
    return text


def _beginning(text: Any) -> Any:
    return func.substr(cast(text, Text), 1, _MAX_NEAR_TEXT)


def _place(text: Any) -> ColumnElement[int]:
    return index_of(text, _word(0))


def _near_place(text: Any) -> ColumnElement[int]:
    needles = (_word(0), *_parts(0))
    return func.coalesce(*(func.nullif(index_of(text, needle), 0) for needle in needles), 1)
