"""The account snapshot: all data of a user as JSON, from one consistent read.

One statement returns a row for each part, in any order:

    row            key  text
    account             {"stream":…,"account":…}
    preferences         {"channels":…,"digest":…,"digest_hour":…}, or no row: all are the defaults
    unread              the number of unread notifications
    list           id   MyListShape
    folder         id   FolderShape
    personal_label id   PersonalLabelShape
    labelled       id   the id of a personal label, by that of a todo which has it
    invitation     id   InvitationShape
    reminder       id   ReminderShape
    notification   id   NotificationShape, of the newest ones
"""

from collections import defaultdict
from typing import Any

import orjson
from pydantic import TypeAdapter
from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    FromClause,
    Select,
    Text,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    select,
    union_all,
)

from shared.actor import Actor
from shared.contract.notifications import NotificationShape, NotifierShape
from shared.contract.own_lists.personal_labels import LabelledTodo, PersonalLabelShape
from shared.contract.own_lists.placement import FolderShape
from shared.contract.shapes import (
    AccountShape,
    InvitationShape,
    ReminderShape,
    UserShape,
)
from shared.database.column_types import UtcDateTime
from shared.database.json_text import as_json, as_text, json_boolean, json_object
from shared.errors import Unauthenticated
from shared.ids import user_stream
from shared.lists.list_members import select_open_invitations
from shared.members.queries import is_invitation_of
from shared.notifications import rules
from shared.notifications.queries import is_shown_to
from shared.personal_labels.queries import labelled_todos
from shared.snapshots.list_statements import count_open, my_list_json, position_json, select_heads
from shared.tables.accounts import UserRow
from shared.tables.labels import PersonalLabelRow, TodoPersonalLabelRow
from shared.tables.lists import ListFolderRow, ListRow
from shared.tables.members import MemberRow
from shared.tables.notifications import NotificationRow, PreferencesRow
from shared.tables.reminders import ReminderRow
from shared.tables.streams import StreamRow
from shared.tables.todos import TodoRow
from shared.unit_of_work import ReadTransaction

_LABELLED_TODOS = TypeAdapter(list[LabelledTodo])
_USER = bindparam("user_id", type_=UserRow.id.type)


async def account_snapshot(read: ReadTransaction, actor: Actor) -> bytes:
    """Return an AccountSnapshot of the actor as JSON, in one statement. Raise Unauthenticated.

    Its position is that from which to follow the actor's own stream.
    """
    values = {"user_id": actor.user_id, "stream": user_stream(actor.user_id), "now": read.now}
    parts: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for part, key, text in await read.connection.execute(_STATEMENT, values):
        parts[part].append((key, text))
    if not parts["account"]:
        raise Unauthenticated
    preferences = rules.effective_preferences({})
    for _, text in parts["preferences"]:
        stored = orjson.loads(text)
        preferences = rules.effective_preferences(
            stored["channels"], stored["digest"], stored["digest_hour"]
        )
    of_notifications = (
        f'{{"items":{_array(parts["notification"], is_newest_first=True)},'
        f'"unread_count":{parts["unread"][0][1]}}}'
    )
    text = (
        f'{parts["account"][0][1][:-1]},"lists":{_array(parts["list"])},'
        f'"folders":{_array(parts["folder"])},'
        f'"personal_labels":{_array(parts["personal_label"])},'
        f'"labelled_todos":{_labelled(parts["labelled"])},'
        f'"invitations":{_array(parts["invitation"])},"reminders":{_array(parts["reminder"])},'
        f'"notifications":{of_notifications},"preferences":{preferences.model_dump_json()}}}'
    )
    return text.encode()


def _array(rows: list[tuple[str, str]], *, is_newest_first: bool = False) -> str:
    rows.sort(reverse=is_newest_first)
    return f"[{','.join([text for _, text in rows])}]"


def _labelled(rows: list[tuple[str, str]]) -> str:
    return _LABELLED_TODOS.dump_json(labelled_todos(rows)).decode()


def _part(name: str, key: ColumnElement[Any], text: ColumnElement[Any]) -> Select[Any]:
    return select(
        literal_column(f"'{name}'").label("part"), key.label("key"), as_text(text).label("text")
    )


def _object(
    shape: type[Any], columns: Any, computed: dict[str, ColumnElement[Any]]
) -> ColumnElement[Any]:
    """Return the JSON of `shape`, whose fields are `computed` or columns of the same name."""
    return json_object(
        {name: computed[name] if name in computed else columns[name] for name in shape.model_fields}
    )


def _or_null(condition: ColumnElement[bool], value: ColumnElement[Any]) -> ColumnElement[Any]:
    return as_json(case((condition, value)))


def _account() -> Select[Any]:
    users = UserRow.__table__
    is_verified = json_boolean(UserRow.verified_at.is_not(None))
    fields = {
        "stream": position_json(StreamRow.__table__.c),
        "account": _object(AccountShape, users.c, {"is_verified": is_verified}),
    }
    return (
        _part("account", _NO_KEY, json_object(fields))
        .select_from(users.join(StreamRow.__table__, StreamRow.id == bindparam("stream")))
        .where(UserRow.id == _USER)
    )


def _preferences() -> Select[Any]:
    fields: dict[str, Any] = {
        "channels": PreferencesRow.channels,
        "digest": json_boolean(PreferencesRow.digest.is_(True)),
        "digest_hour": PreferencesRow.digest_hour,
    }
    text = json_object(fields)
    return _part("preferences", _NO_KEY, text).where(PreferencesRow.user_id == _USER)


def _lists() -> Select[Any]:
    of_user = (MemberRow.user_id == _USER, ListRow.deleted_at.is_(None))
    heads = select_heads(count_open()).where(*of_user).subquery("heads")
    return _part("list", heads.c.id, my_list_json(heads, position_json(heads.c)))


def _folders() -> Select[Any]:
    folders: FromClause = ListFolderRow.__table__
    text = _object(FolderShape, folders.c, {})
    return _part("folder", folders.c.id, text).where(ListFolderRow.user_id == _USER)


def _personal_labels() -> Select[Any]:
    labels: FromClause = PersonalLabelRow.__table__
    text = _object(PersonalLabelShape, labels.c, {})
    return _part("personal_label", labels.c.id, text).where(PersonalLabelRow.user_id == _USER)


def _labelled_todos() -> Select[Any]:
    columns = TodoPersonalLabelRow.__table__.c
    return _part("labelled", columns.todo_id, columns.label_id).where(columns.user_id == _USER)


def _invitations() -> Select[Any]:
    now = bindparam("now", type_=UtcDateTime())
    found = select_open_invitations(now).where(is_invitation_of(_USER)).subquery("invitation")
    inviter: dict[str, Any] = {
        "id": found.c.inviter_id,
        "name": found.c.inviter_name,
        "avatar_url": found.c.inviter_avatar,
    }
    user = json_object({name: inviter[name] for name in UserShape.model_fields})
    invited_by = _or_null(found.c.inviter_id.is_not(None), user)
    return _part(
        "invitation", found.c.id, _object(InvitationShape, found.c, {"invited_by": invited_by})
    )


def _reminders() -> Select[Any]:
    reminders: FromClause = ReminderRow.__table__
    computed: dict[str, ColumnElement[Any]] = {
        "list_id": TodoRow.__table__.c.list_id,
        "fires_at": func.coalesce(ReminderRow.next_fire_at, ReminderRow.sent_at),
    }
    return (
        _part("reminder", reminders.c.id, _object(ReminderShape, reminders.c, computed))
        .select_from(reminders.join(TodoRow.__table__, TodoRow.id == ReminderRow.todo_id))
        .where(ReminderRow.user_id == _USER)
    )


def _notifications() -> Select[Any]:
    newest = (
        select(*NotificationRow.__table__.c)
        .where(*is_shown_to(_USER))
        .order_by(NotificationRow.id.desc())
        .limit(literal_column(str(rules.NEWEST_COUNT)))
        .subquery("notification")
    )
    notifier: dict[str, Any] = {"id": newest.c.actor_id, "name": newest.c.actor_name}
    user = json_object({name: notifier[name] for name in NotifierShape.model_fields})
    actor = _or_null(newest.c.actor_id.is_not(None), user)
    return _part(
        "notification", newest.c.id, _object(NotificationShape, newest.c, {"actor": actor})
    )


def _unread() -> Select[Any]:
    unread = (*is_shown_to(_USER), NotificationRow.read_at.is_(None))
    return (
        _part("unread", _NO_KEY, cast(func.count(), Text))
        .select_from(NotificationRow)
        .where(*unread)
    )


_NO_KEY: ColumnElement[str] = literal_column("''")
_STATEMENT: CompoundSelect[Any] = union_all(
    _account(),
    _preferences(),
    _lists(),
    _folders(),
    _personal_labels(),
    _labelled_todos(),
    _invitations(),
    _reminders(),
    _notifications(),
    _unread(),
)
