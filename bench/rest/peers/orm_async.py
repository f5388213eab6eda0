"""FastAPI and SQLAlchemy's async ORM, as most people write it in an afternoon.

    DATABASE_URL=… TOKEN_KEY=… python -m bench.rest.peers.orm_async PORT

Each request gets a session of the ORM. The dependency of the current user verifies the token and
reads session and user in one statement, the next reads the membership. Answers go through
response_model. It has no idempotency keys.
"""

import os
import sys
from collections.abc import AsyncIterator
from typing import Annotated

import uvicorn
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import OAuth2PasswordBearer
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

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

engine = create_async_engine(
    os.environ["DATABASE_URL"].replace("postgresql:", "postgresql+asyncpg:"),
    pool_size=orm.POOL_SIZE,
)
make_session = async_sessionmaker(engine, expire_on_commit=False)
app = FastAPI()


async def open_database() -> AsyncIterator[AsyncSession]:
    async with make_session() as database:
        yield database


Database = Annotated[AsyncSession, Depends(open_database)]
Token = Annotated[str, Depends(OAuth2PasswordBearer("/token"))]


async def read_user(database: Database, token: Token) -> User:
    session_id = orm.session_of(token)
    return orm.require_live(await database.scalar(orm.select_session(session_id)))


CurrentUser = Annotated[User, Depends(read_user)]


@app.get("/api/v1/todos", response_model=PageOut)
async def read_page(
    database: Database, user: CurrentUser, list_id: str, limit: int = 50
) -> dict[str, object]:
    orm.require_member(await database.get(Member, (list_id, user.id)))
    total = await database.scalar(orm.count_todos(list_id))
    todos = await database.scalars(orm.select_todos(list_id, limit))
    return {"items": todos.all(), "total": total}


@app.get("/api/v1/lists/{list_id}/snapshot", response_model=SnapshotOut)
async def read_snapshot(database: Database, user: CurrentUser, list_id: str) -> dict[str, object]:
    orm.require_member(await database.get(Member, (list_id, user.id)))
    stream = (await database.scalars(orm.select_stream(list_id))).one()
    todo_list = (await database.scalars(orm.select_list(list_id))).one()
    todos = await database.scalars(orm.select_todos(list_id, 500))
    return {
        "stream": StreamOut(list_id=list_id, epoch=stream.epoch, seq=stream.head),
        "list": todo_list,
        "open_count": await database.scalar(orm.count_open_todos(list_id)),
        "members": todo_list.members,
        "labels": todo_list.labels,
        "todos": todos.all(),
    }


@app.post("/api/v1/todos", status_code=201, response_model=TodoOut)
async def create_todo(database: Database, user: CurrentUser, new: NewTodo) -> Todo:
    orm.require_member(await database.get(Member, (new.list_id, user.id)), writes=True)
    stream = (await database.scalars(orm.lock_stream(new.list_id))).one()
    todo = orm.new_todo(new, user, stream.head + 1)
    database.add(todo)
    await database.flush()
    database.add(orm.event_of(stream, "todo.created", user, todo))
    await database.commit()
    return todo


@app.patch("/api/v1/todos/{todo_id}", response_model=TodoOut)
async def edit_todo(
    database: Database, user: CurrentUser, todo_id: str, changes: TodoChanges
) -> Todo:
    stream: Stream | None = await database.scalar(orm.lock_stream_of_todo(todo_id))
    if stream is None:
        raise HTTPException(404)
    orm.require_member(await database.get(Member, (stream.id, user.id)), writes=True)
    todo: Todo = (await database.scalars(orm.select_todo(todo_id))).one()
    orm.edit(todo, changes.title)
    database.add(orm.event_of(stream, "todo.edited", user, todo))
    await database.commit()
    return todo


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), access_log=False, log_level="warning")
