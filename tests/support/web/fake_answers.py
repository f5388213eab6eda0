"""The answers of the fake server: writes change the world and record events, reads return shapes."""

from collections.abc import Callable

from tests.support.web.fake_entities import EMAIL, Json, stamp
from tests.support.web.fake_settings_answers import (
    begin_totp,
    confirm_totp,
    create_api_token,
    create_calendar_feed,
    create_email_address,
    passkey_request,
    rename_api_token,
    revoke_api_token,
    revoke_calendar_feed,
    revoke_email_address,
    rotate_calendar_feed,
)
from tests.support.web.fake_todo_answers import (
    Answer,
    complete_todo,
    create_todo,
    delete_todo,
    duplicate_todo,
    edit_todo,
    edit_todos,
    move_todo,
    restore_todo,
    undo_move,
)
from tests.support.web.fake_world import FakeWorld


def add_comment(world: FakeWorld, body: Json, key: str | None, todo_id: str) -> Answer:
    todo = world.todos[todo_id]
    comment = world.add_comment(todo, body["body"], world.me, stamp())
    data = {"comment": comment, "comment_count": todo["comment_count"]}
    return 201, comment, world.record(todo["list_id"], "comment.added", data, mutation=key)


def add_reminder(world: FakeWorld, body: Json, key: str | None, todo_id: str) -> Answer:
    reminder = world.add_reminder(world.todos[todo_id], **body)
    seq = world.record(world.own_stream, "reminder.set", {"reminder": reminder}, mutation=key)
    return 201, reminder, seq


def add_label(world: FakeWorld, body: Json, key: str | None, list_id: str) -> Answer:
    label = world.add_label(list_id, body["name"], body["colour"])
    return 201, label, world.record(list_id, "label.created", {"label": label}, mutation=key)


def create_list(world: FakeWorld, body: Json, key: str | None) -> Answer:
    row = world.my_list(world.add_list(body["name"], body.get("colour", "teal")))
    return 201, row, world.record(world.own_stream, "list.added", {"list": row}, mutation=key)


def edit_list(world: FakeWorld, body: Json, key: str | None, list_id: str) -> Answer:
    row, changes = world.lists[list_id], dict(body)
    if "archived" in changes:
        row["archived_at"] = stamp() if changes.pop("archived") else None
    row |= changes | {"version": row["version"] + 1}
    own = ("role", "placement", "view")
    data = {"list": {name: row[name] for name in row if name not in own}, "changed": [*body]}
    return 200, world.my_list(row), world.record(list_id, "list.edited", data, mutation=key)


def set_view(world: FakeWorld, body: Json, key: str | None, list_id: str) -> Answer:
    is_plain = (body["sort"], body["group"]) == ("manual", "none") and not any(
        body["filter"].values()
    )
    row = world.lists[list_id]
    row["view"] = None if is_plain else body
    data = {"list_id": list_id, "view": row["view"]}
    return 200, row, world.record(world.own_stream, "list.view_set", data, mutation=key)


def invite(world: FakeWorld, body: Json, key: str | None, list_id: str) -> Answer:
    name = world.lists[list_id]["name"]
    invitation = world.add_invitation(list_id, name, world.me, **body, created_at=stamp())
    return 201, invitation, ""


def preview_repeat(world: FakeWorld, body: Json, key: str | None) -> Answer:
    return 200, {"dates": []}, ""


def lift_mail_refusal(world: FakeWorld, body: Json, key: str | None) -> Answer:
    world.mail_refusal = ""
    account = world.account
    return 200, account, world.record(world.own_stream, "account.edited", {"account": account})


def subscribe(world: FakeWorld, body: Json, key: str | None) -> Answer:
    world.devices = [*{*world.devices, body["endpoint"]}]
    return 201, {"id": world.new_id(), "created_at": stamp()}, ""


def unsubscribe(world: FakeWorld, body: Json, key: str | None) -> Answer:
    world.devices.remove(body["endpoint"])
    return 204, None, ""


def accept_only(world: FakeWorld, body: Json, key: str | None, *names: str) -> Answer:
    """Answer a write whose effect no test looks at."""
    return 204, None, ""


WRITES: dict[tuple[str, ...], Callable[..., Answer]] = {
    ("POST", "todos"): create_todo,
    ("POST", "todos", "*", "duplicate"): duplicate_todo,
    ("PATCH", "todos", "bulk"): edit_todos,
    ("PATCH", "todos", "*"): edit_todo,
    ("DELETE", "todos", "*"): delete_todo,
    ("POST", "todos", "*", "complete"): complete_todo,
    ("POST", "todos", "*", "restore"): restore_todo,
    ("POST", "todos", "*", "move"): move_todo,
    ("POST", "todos", "*", "comments"): add_comment,
    ("POST", "todos", "*", "reminders"): add_reminder,
    ("POST", "users", "me", "second-factors", "totp"): begin_totp,
    ("POST", "users", "me", "second-factors", "totp", "confirm"): confirm_totp,
    ("PUT", "lists", "*", "view"): set_view,
    ("POST", "lists"): create_list,
    ("PATCH", "lists", "*"): edit_list,
    ("POST", "users", "me", "push-subscriptions"): subscribe,
    ("DELETE", "users", "me", "push-subscriptions"): unsubscribe,
    ("PATCH", "users", "me"): lambda world, body, key: (200, world.edit_account(body), ""),
    ("DELETE", "users", "me", "mail-refusal"): lift_mail_refusal,
    ("POST", "lists", "*", "labels"): add_label,
    ("POST", "lists", "*", "activity", "undo"): undo_move,
    ("POST", "lists", "*", "invitations"): invite,
    ("POST", "invitations", "preview"): lambda world, body, key: (
        200,
        {"list_name": "Trip", "invited_by": "Ben Okafor", "role": "editor"},
        "",
    ),
    ("POST", "repeats", "preview"): preview_repeat,
    ("POST", "users", "me", "api-tokens"): create_api_token,
    ("POST", "users", "me", "calendar-feeds"): create_calendar_feed,
    ("POST", "users", "me", "calendar-feeds", "*", "rotate"): rotate_calendar_feed,
    ("DELETE", "users", "me", "calendar-feeds", "*"): revoke_calendar_feed,
    ("POST", "lists", "*", "email-address"): create_email_address,
    ("DELETE", "lists", "*", "email-address"): revoke_email_address,
    ("POST", "auth", "passkey", "options"): passkey_request,
    ("PATCH", "users", "me", "api-tokens", "*"): rename_api_token,
    ("DELETE", "users", "me", "api-tokens", "*"): revoke_api_token,
    ("PATCH", "labelled-todos"): accept_only,
    ("POST", "auth", "logout"): accept_only,
    ("POST", "invitations", "accept"): accept_only,
    ("POST", "invitations", "decline"): accept_only,
    ("POST", "share-links", "open"): accept_only,
    ("POST", "todos", "*", "reopen"): accept_only,
    ("POST", "users", "me", "notifications", "read"): accept_only,
}


def account_snapshot(world: FakeWorld, query: Json) -> Json:
    return {
        "stream": world.position(world.own_stream), "account": world.account,
        "lists": [world.my_list(row) for row in world.lists.values()],
        "folders": list(world.folders.values()),
        "personal_labels": list(world.personal_labels.values()),
        "labelled_todos": [
            {"todo_id": todo_id, "personal_labels": labels}
            for todo_id, labels in world.labelled_todos.items()
        ],
        "invitations": [item for item in world.invitations if item["email"] == EMAIL],
        "reminders": list(world.reminders.values()),
        "notifications": {
            "items": list(reversed(world.notifications.values()))[:50],
            "unread_count": sum(not row["read_at"] for row in world.notifications.values()),
        },
        "preferences": world.preferences,
    }  # fmt: skip


def list_snapshot(world: FakeWorld, query: Json, list_id: str) -> Json | None:
    if list_id not in world.lists:
        return None
    start = int(query.get("cursor", 0))
    todos = [dict(todo) for todo in world.todos_of(list_id)]
    end = start + world.page_size
    return {
        "stream": world.position(list_id), "list": world.my_list(world.lists[list_id]),
        "members": list(world.members[list_id].values()), "labels": list(world.labels[list_id].values()),
        "todos": todos[start:end], "next_cursor": str(end) if end < len(todos) else None,
    }  # fmt: skip


def list_snapshots(world: FakeWorld, query: Json) -> Json:
    """Return two lists in an answer, so that there are several answers."""
    start = int(query.get("cursor", 0))
    in_use = [
        list_id for list_id, row in world.lists.items()
        if not row["deleted_at"] and not row["archived_at"]
    ]  # fmt: skip
    end = start + 2
    return {
        "items": [list_snapshot(world, {}, list_id) for list_id in in_use[start:end]],
        "next_cursor": str(end) if end < len(in_use) else None,
    }


def invitations(world: FakeWorld, query: Json, list_id: str) -> Json:
    return {"items": [item for item in world.invitations if item["list_id"] == list_id]}


def comments(world: FakeWorld, query: Json, todo_id: str) -> Json:
    return page_of([item for item in world.comments.values() if item["todo_id"] == todo_id])


def search(world: FakeWorld, query: Json) -> Json:
    """Find comments by their text as it was written."""
    found = [item for item in world.comments.values() if query["q"] in item["body"]]
    todos = {item["id"]: world.todos[item["todo_id"]] for item in found}
    items = [
        {
            "todo_id": item["todo_id"],
            "list_id": todos[item["id"]]["list_id"],
            "title": todos[item["id"]]["title"],
            "status": todos[item["id"]]["status"],
            "comment_id": item["id"],
            "snippet": item["body"],
        }
        for item in found
    ]
    return {"items": items, "is_approximate": False}


def todos_in_trash(world: FakeWorld, query: Json) -> Json:
    found = [todo for todo in world.todos.values() if todo["deleted_at"]]
    found.sort(key=lambda todo: todo["deleted_at"], reverse=True)
    start, limit = int(query.get("cursor", 0)), int(query["limit"])
    page = page_of(found[start : start + limit])
    return page | {"next_cursor": str(start + limit) if start + limit < len(found) else None}


def lists_in_trash(world: FakeWorld, query: Json) -> Json:
    return page_of([world.my_list(row) for row in world.lists.values() if row["deleted_at"]])


def page_of(items: list[Json]) -> Json:
    return {"items": items, "next_cursor": None, "total": len(items)}


def sessions(world: FakeWorld, query: Json) -> Json:
    devices = (
        ("Chrome on Linux", "203.0.113.7", True, 0),
        ("Safari on iPhone", "203.0.113.21", False, 3),
        ("Firefox on macOS", "198.51.100.4", False, 50),
    )
    return {"items": [
        {
            "id": world.new_id(), "user_agent": "", "device": device, "address": address, "current": current,
            "sign_in_method": "password",
            "created_at": stamp(days=9), "last_used_at": stamp(hours=hours), "expires_at": stamp(days=-20),
        }
        for device, address, current, hours in devices
    ]}  # fmt: skip


def audit(world: FakeWorld, query: Json) -> Json:
    me = world.me["id"]
    entries: list[tuple[str, str | None, Json]] = [
        ("session.opened", me, {"method": "password", "device": "Chrome on Linux"}),
        ("sign_in.failed", None, {"reason": "bad_credentials"}),
        ("password.changed", me, {}),
    ]
    return {"next_cursor": None, "items": [
        {
            "id": world.new_id(), "at": stamp(hours=hours), "action": action, "actor_id": actor,
            "user_id": me, "list_id": None, "address": "203.0.113.7", "facts": facts,
        }
        for hours, (action, actor, facts) in enumerate(entries)
    ]}  # fmt: skip


def webhooks(world: FakeWorld, query: Json) -> Json:
    return {"items": []}


def api_tokens(world: FakeWorld, query: Json) -> Json:
    return {"items": world.api_tokens}


def calendar_feeds(world: FakeWorld, query: Json) -> Json:
    return {"items": world.calendar_feeds}


def passkeys(world: FakeWorld, query: Json) -> Json:
    return {"items": world.passkeys}


def second_factors(world: FakeWorld, query: Json) -> Json:
    return {"totp_since": world.totp_since, "recovery_codes_left": 0, "is_required": False}


def data_exports(world: FakeWorld, query: Json) -> Json:
    return {"items": world.data_exports}


def push(world: FakeWorld, query: Json) -> Json:
    return {"public_key": world.push_key}


def occurrences(world: FakeWorld, query: Json, todo_id: str) -> Json:
    return {"items": world.occurrences, "upcoming": [], "total": len(world.occurrences)}


def email_address(world: FakeWorld, query: Json, list_id: str) -> Json:
    facts = {"is_available": True, "last_failed_at": None, "last_failure": ""}
    return facts | {"created_at": world.email_addresses.get(list_id)}


READS: dict[tuple[str, ...], Callable[..., Json | None]] = {
    ("users", "me", "snapshot"): account_snapshot,
    ("lists", "*", "snapshot"): list_snapshot,
    ("users", "me", "list-snapshots"): list_snapshots,
    ("lists", "*", "invitations"): invitations,
    ("todos", "*", "comments"): comments,
    ("search",): search,
    ("todos",): todos_in_trash,
    ("lists",): lists_in_trash,
    ("auth", "sessions"): sessions,
    ("users", "me", "audit"): audit,
    ("users", "me", "push-subscriptions"): push,
    ("users", "me", "api-tokens"): api_tokens,
    ("users", "me", "applications"): lambda world, query: {"items": []},
    ("users", "me", "webhooks"): webhooks,
    ("users", "me", "calendar-feeds"): calendar_feeds,
    ("lists", "*", "email-address"): email_address,
    ("users", "me", "passkeys"): passkeys,
    ("users", "me", "second-factors"): second_factors,
    ("imports",): lambda world, query: {"items": []},
    ("users", "me", "exports"): data_exports,
    ("todos", "*", "occurrences"): occurrences,
}


def _match(words: tuple[str, ...], pattern: tuple[str, ...]) -> list[str] | None:
    """Return the words at the stars of the pattern, or None if the pattern does not match."""
    if len(words) != len(pattern):
        return None
    pairs = list(zip(words, pattern, strict=True))
    if any(part not in ("*", word) for word, part in pairs):
        return None
    return [word for word, part in pairs if part == "*"]


def write(world: FakeWorld, method: str, path: str, body: Json, key: str | None) -> Answer:
    """Carry out a write. What the fake server does not know is refused: nothing would come of it."""
    words = (method, *path.strip("/").split("/"))
    for pattern, handler in WRITES.items():
        if (names := _match(words, pattern)) is not None:
            return handler(world, body, key, *names)
    detail = f"The fake server does not know {method} {path}."
    return 501, {"code": "not_implemented", "detail": detail}, ""


def read(world: FakeWorld, path: str, query: Json) -> Json | None:
    """Return the shape at the path, or None if there is none."""
    words = tuple(path.strip("/").split("/"))
    for pattern, handler in READS.items():
        if (names := _match(words, pattern)) is not None:
            return handler(world, query, *names)
    return None
