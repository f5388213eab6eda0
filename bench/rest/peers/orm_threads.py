"""FastAPI and the synchronous ORM in threads, as in the usual template.

    DATABASE_URL=… TOKEN_KEY=… python -m bench.rest.peers.orm_threads PORT

As bench/rest/peers/orm_async.py, with `def` endpoints, which FastAPI runs in its pool of threads, and
psycopg. It has no idempotency keys.
"""

import os
import sys
from collections.abc import Iterator
from typing import Annotated

import uvicorn
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import OAuth2PasswordBearer
from sqlalchemy import create_engine
from sqlalchemy.orm import Session, sessionmaker

from bench.rest.peers import orm_statements as orm
from bench.rest.peers.orm_models import (
    Member,
    NewTodo,
    PageOut,
    SnapshotOut,
    Stream,
    StreamOut,
    Todo,
    TodoChanges,
    TodoOut,
    User,
)

engine = create_engine(
    os.environ["DATABASE_URL"].replace("postgresql:", "postgresql+psycopg:"),
    pool_size=orm.POOL_SIZE,
    # FastAPI has 40 threads, and each waits for a connection of its own.
    max_overflow=30,
)
make_session = sessionmaker(engine, expire_on_commit=False)
app = FastAPI()


def open_database() -> Iterator[Session]:
    with make_session() as database:
        yield database


Database = Annotated[Session, Depends(open_database)]
Token = Annotated[str, Depends(OAuth2PasswordBearer("/token"))]


def read_user(database: Database, token: Token) -> User:
    session_id = orm.session_of(token)
    return orm.require_live(database.scalar(orm.select_session(session_id)))


CurrentUser = Annotated[User, Depends(read_user)]


@app.get("/api/v1/todos", response_model=PageOut)
def read_page(
    database: Database, user: CurrentUser, list_id: str, limit: int = 50
) -> dict[str, object]:
    orm.require_member(database.get(Member, (list_id, user.id)))
    total = database.scalar(orm.count_todos(list_id))
    return {"items": database.scalars(orm.select_todos(list_id, limit)).all(), "total": total}


@app.get("/api/v1/lists/{list_id}/snapshot", response_model=SnapshotOut)
def read_snapshot(database: Database, user: CurrentUser, list_id: str) -> dict[str, object]:
    orm.require_member(database.get(Member, (list_id, user.id)))
    stream = database.scalars(orm.select_stream(list_id)).one()
    todo_list = database.scalars(orm.select_list(list_id)).one()
    return {
        "stream": StreamOut(list_id=list_id, epoch=stream.epoch, seq=stream.head),
        "list": todo_list,
        "open_count": database.scalar(orm.count_open_todos(list_id)),
        "members": todo_list.members,
        "labels": todo_list.labels,
        "todos": database.scalars(orm.select_todos(list_id, 500)).all(),
    }


@app.post("/api/v1/todos", status_code=201, response_model=TodoOut)
def create_todo(database: Database, user: CurrentUser, new: NewTodo) -> Todo:
    orm.require_member(database.get(Member, (new.list_id, user.id)), writes=True)
    stream = database.scalars(orm.lock_stream(new.list_id)).one()
    todo = orm.new_todo(new, user, stream.head + 1)
    database.add(todo)
    database.flush()
    database.add(orm.event_of(stream, "todo.created", user, todo))
    database.commit()
    return todo


@app.patch("/api/v1/todos/{todo_id}", response_model=TodoOut)
def edit_todo(database: Database, user: CurrentUser, todo_id: str, changes: TodoChanges) -> Todo:
    stream: Stream | None = database.scalar(orm.lock_stream_of_todo(todo_id))
    if stream is None:
        raise HTTPException(404)
    orm.require_member(database.get(Member, (stream.id, user.id)), writes=True)
    todo: Todo = database.scalars(orm.select_todo(todo_id)).one()
    orm.edit(todo, changes.title)
    database.add(orm.event_of(stream, "todo.edited", user, todo))
    database.commit()
    return todo


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), access_log=False, log_level="warning")
