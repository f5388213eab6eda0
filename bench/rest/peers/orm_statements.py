"""What the two ORM servers share: the token, the statements, and the objects of an edit."""

import os
from datetime import UTC, datetime
from typing import Any

from fastapi import HTTPException
from jose import JWTError, jwt
from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload, selectinload

from bench.rest.peers.frames import event_frame
from bench.rest.peers.orm_models import (
    Event,
    Member,
    NewTodo,
    Session,
    Stream,
    Todo,
    TodoList,
    TodoOut,
    User,
)
from shared.ids import new_id

KEY = bytes.fromhex(os.environ["TOKEN_KEY"])
POOL_SIZE = 10
EDITORS = ("owner", "editor")
WITH_LINKS = (selectinload(Todo.assignee_rows), selectinload(Todo.label_rows))


def session_of(token: str) -> str:
    """Return the session that the token names."""
    try:
        claims = jwt.decode(token, KEY, algorithms=["HS256"], audience="livelist")
    except JWTError:
        raise HTTPException(401) from None
    return str(claims["sid"])


def select_session(session_id: str) -> Select[Any]:
    return select(Session).where(Session.id == session_id).options(joinedload(Session.user))


def require_live(session: Session | None) -> User:
    """Return the user of a session that is live."""
    if (
        session is None
        or session.revoked_at is not None
        or session.expires_at <= datetime.now(UTC)
        or session.user.status != "active"
    ):
        raise HTTPException(401)
    return session.user


def require_member(member: Member | None, *, writes: bool = False) -> None:
    if member is None:
        raise HTTPException(404)
    if writes and member.role not in EDITORS:
        raise HTTPException(403)


def select_todos(list_id: str, limit: int) -> Select[Any]:
    return (
        select(Todo)
        .where(Todo.list_id == list_id, Todo.deleted_at.is_(None))
        .order_by(Todo.rank, Todo.id)
        .limit(limit)
        .options(*WITH_LINKS)
    )


def count_todos(list_id: str) -> Select[Any]:
    return select(func.count()).where(Todo.list_id == list_id, Todo.deleted_at.is_(None))


def count_open_todos(list_id: str) -> Select[Any]:
    return count_todos(list_id).where(Todo.status.in_(("pending", "in_progress")))


def select_list(list_id: str) -> Select[Any]:
    members = selectinload(TodoList.members).joinedload(Member.user)
    return (
        select(TodoList)
        .where(TodoList.id == list_id)
        .options(members, selectinload(TodoList.labels))
    )


def select_stream(list_id: str) -> Select[Any]:
    return select(Stream).where(Stream.id == list_id)


def lock_stream(list_id: str) -> Select[Any]:
    return select_stream(list_id).with_for_update()


def lock_stream_of_todo(todo_id: str) -> Select[Any]:
    of_todo = select(Stream).join(Todo, Todo.list_id == Stream.id).where(Todo.id == todo_id)
    return of_todo.with_for_update(of=Stream)


def select_todo(todo_id: str) -> Select[Any]:
    return select(Todo).where(Todo.id == todo_id, Todo.deleted_at.is_(None)).options(*WITH_LINKS)


def new_todo(new: NewTodo, user: User, seq: int) -> Todo:
    now = datetime.now(UTC)
    return Todo(
        id=new_id(), list_id=new.list_id, title=new.title, search_text=new.title.lower(),
        rank=f"{seq:010d}", created_by=user.id, created_at=now, updated_at=now,
        assignee_rows=[], label_rows=[],
    )  # fmt: skip


def edit(todo: Todo, title: str) -> None:
    todo.title = title
    todo.search_text = f"{title}\n{todo.description}".lower()
    todo.version += 1
    todo.updated_at = datetime.now(UTC)


def event_of(stream: Stream, name: str, user: User, todo: Todo) -> Event:
    """Return the event with the next number of the stream, which is raised to it."""
    stream.head += 1
    body = TodoOut.model_validate(todo).model_dump_json().encode()
    actor = (user.id, user.name)
    frame = event_frame(stream.id, stream.head, name, todo.updated_at, actor, body)
    return Event(stream_id=stream.id, seq=stream.head, event=name, at=todo.updated_at, frame=frame)
