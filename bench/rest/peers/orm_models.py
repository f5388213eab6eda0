"""ORM models of Livelist's tables, and the Pydantic models of answers, as an afternoon's work has them."""

from datetime import datetime
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import JSON, DateTime, ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSON,
    }


class User(Base):
    __tablename__ = "users"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    avatar_url: Mapped[str | None]
    status: Mapped[str]


class Session(Base):
    __tablename__ = "sessions"

    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    user: Mapped[User] = relationship()


class Stream(Base):
    __tablename__ = "streams"

    id: Mapped[str] = mapped_column(primary_key=True)
    epoch: Mapped[str]
    head: Mapped[int]


class Event(Base):
    __tablename__ = "events"

    stream_id: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    event: Mapped[str]
    at: Mapped[datetime]
    frame: Mapped[str]


class TodoList(Base):
    __tablename__ = "lists"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    colour: Mapped[str]
    archived_at: Mapped[datetime | None]
    version: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    members: Mapped[list["Member"]] = relationship()
    labels: Mapped[list["Label"]] = relationship()


class Member(Base):
    __tablename__ = "members"

    list_id: Mapped[str] = mapped_column(ForeignKey("lists.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True)
    role: Mapped[str]
    joined_at: Mapped[datetime]
    user: Mapped[User] = relationship()


class Label(Base):
    __tablename__ = "labels"

    id: Mapped[str] = mapped_column(primary_key=True)
    list_id: Mapped[str] = mapped_column(ForeignKey("lists.id"))
    name: Mapped[str]
    colour: Mapped[str]


class Assignee(Base):
    __tablename__ = "todo_assignees"

    todo_id: Mapped[str] = mapped_column(ForeignKey("todos.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(primary_key=True)


class TodoLabel(Base):
    __tablename__ = "todo_labels"

    todo_id: Mapped[str] = mapped_column(ForeignKey("todos.id"), primary_key=True)
    label_id: Mapped[str] = mapped_column(primary_key=True)


class Todo(Base):
    __tablename__ = "todos"

    id: Mapped[str] = mapped_column(primary_key=True)
    list_id: Mapped[str] = mapped_column(ForeignKey("lists.id"))
    parent_id: Mapped[str | None]
    title: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default="pending")
    priority: Mapped[int] = mapped_column(default=0)
    due_kind: Mapped[str | None]
    due_date: Mapped[str | None]
    due_local: Mapped[str | None]
    due_zone: Mapped[str | None]
    due_at: Mapped[datetime | None]
    repeat: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    extra: Mapped[dict[str, Any]] = mapped_column("metadata", default=dict)
    rank: Mapped[str]
    comment_count: Mapped[int] = mapped_column(default=0)
    completed_at: Mapped[datetime | None]
    completed_by: Mapped[str | None]
    deleted_at: Mapped[datetime | None]
    search_text: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    created_by: Mapped[str | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    assignee_rows: Mapped[list[Assignee]] = relationship()
    label_rows: Mapped[list[TodoLabel]] = relationship()

    @property
    def assignees(self) -> list[str]:
        return sorted(row.user_id for row in self.assignee_rows)

    @property
    def labels(self) -> list[str]:
        return sorted(row.label_id for row in self.label_rows)


class _Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class TodoOut(_Out):
    id: str
    list_id: str
    parent_id: str | None
    title: str
    description: str
    status: str
    priority: int
    due_kind: str | None
    due_date: str | None
    due_local: str | None
    due_zone: str | None
    due_at: datetime | None
    repeat: dict[str, Any] | None
    metadata: dict[str, Any] = Field(validation_alias="extra")
    rank: str
    assignees: list[str]
    labels: list[str]
    comment_count: int
    completed_at: datetime | None
    completed_by: str | None
    deleted_at: datetime | None
    version: int
    created_by: str | None
    created_at: datetime
    updated_at: datetime


class PageOut(_Out):
    items: list[TodoOut]
    total: int


class UserOut(_Out):
    id: str
    name: str
    avatar_url: str | None


class MemberOut(_Out):
    user: UserOut
    role: str
    joined_at: datetime


class LabelOut(_Out):
    id: str
    list_id: str
    name: str
    colour: str


class ListOut(_Out):
    id: str
    name: str
    colour: str
    archived_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime


class StreamOut(BaseModel):
    list_id: str
    epoch: str
    seq: int


class SnapshotOut(_Out):
    stream: StreamOut
    open_count: int
    members: list[MemberOut]
    labels: list[LabelOut]
    todos: list[TodoOut]
    list: ListOut


class NewTodo(BaseModel):
    list_id: str
    title: str = Field(min_length=1, max_length=500)


class TodoChanges(BaseModel):
    title: str = Field(min_length=1, max_length=500)
