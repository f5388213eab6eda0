"""An event of a list as its activity needs it: read from the frame and the context. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from shared.contract.details.activity import FieldChange, NamedShape
from shared.tables.streams import EventRow

# What `read_entry` reads.
COLUMNS = (
    EventRow.seq, EventRow.event, EventRow.at, EventRow.frame, EventRow.context, EventRow.undone_by,
)  # fmt: skip
# What the frame of these events calls its entity.
_ENTITIES = ("todo", "comment", "label", "list", "member", "attachment")
# A page shows that a long text changed, and how it begins; a page of whole texts would have megabytes.
MAX_SHOWN_TEXT = 300
# A page names no values of these.
_UNSHOWN = frozenset({"metadata", "rank"})
# A list begins with `list.created` and `member.added` of its creator (shared/lists/commands.py).
_CREATOR = 2


@dataclass(frozen=True)
class Entry:
    """One event. `data` is that of the frame."""

    seq: int
    event: str
    at: datetime
    actor: NamedShape | None
    data: Mapping[str, Any]
    context: Mapping[str, Any]
    undone_by: int | None

    @property
    def entity(self) -> Mapping[str, Any]:
        """Return the entity after the change; empty for one that is gone."""
        found = (self.data[name] for name in _ENTITIES if name in self.data)
        return next(found, {})

    @property
    def todo_id(self) -> str | None:
        if "todo" in self.data:
            return str(self.data["todo"]["id"])
        of_todo = self.data.get("todo_id") or self.entity.get("todo_id")
        return None if of_todo is None else str(of_todo)

    @property
    def comment_id(self) -> str | None:
        found = self.data.get("comment_id") or self.data.get("comment", {}).get("id")
        return None if found is None else str(found)

    @property
    def attachment_id(self) -> str | None:
        found = self.data.get("attachment_id") or self.data.get("attachment", {}).get("id")
        return None if found is None else str(found)

    @property
    def label_id(self) -> str | None:
        found = self.data.get("label_id") or self.data.get("label", {}).get("id")
        return None if found is None else str(found)

    @property
    def member_id(self) -> str | None:
        found = self.data.get("user_id") or self.data.get("member", {}).get("user", {}).get("id")
        return None if found is None else str(found)

    @property
    def before(self) -> Mapping[str, Any] | None:
        """Return the former values of the changed fields; None if they were not recorded."""
        found: Mapping[str, Any] | None = self.context.get("before")
        return found

    @property
    def after(self) -> Mapping[str, Any]:
        """Return the values of the changed fields after the change."""
        return {field: self._value_after(field) for field in self.before or ()}

    @property
    def other_list_id(self) -> str | None:
        """Return the list to which, or from which, the todo was moved."""
        return self.context.get("list_id")

    @property
    def is_shown(self) -> bool:
        """Return False for what no user did: ranks of neighbours, thumbnails, the roles of guests.

        And for the creator's membership, which comes with the list.
        """
        if self.event == "todo.edited" and self.before is None:
            return self.data["changed"] not in ([], ["rank"])
        if self.event == "attachment.edited" or self.is_creator:
            return False
        return self.event != "member.edited" or self.before is not None

    @property
    def is_creator(self) -> bool:
        """Return True if the entry says that the creator of the list is a member."""
        is_first = self.event == "member.added" and self.seq == _CREATOR
        return is_first and bool(self.entity["role"] == "owner")

    def changes(self) -> list[FieldChange]:
        if self.event in ("todo.moved_in", "todo.moved_out"):
            return []
        fields = self.before if self.before is not None else self.data.get("changed", ())
        return [
            FieldChange(
                field=field,
                before=_shown(field, (self.before or {}).get(field)),
                after=_shown(field, self._value_after(field)),
            )
            for field in fields
        ]

    def _value_after(self, field: str) -> Any:
        # The context has it of events that do not carry the entity, or carry more than the actor changed.
        return self.context.get("after", self.entity).get(field)


def read_entry(row: Any) -> Entry:
    """Return the entry of a row of `events`."""
    frame = orjson.loads(row.frame)
    actor = frame["actor"]
    return Entry(
        row.seq,
        row.event,
        row.at,
        None if actor is None else NamedShape(id=actor["id"], name=actor["name"]),
        frame["data"],
        {} if row.context is None else orjson.loads(row.context),
        row.undone_by,
    )


def _shown(field: str, value: Any) -> Any:
    if field in _UNSHOWN:
        return None
    if isinstance(value, str) and len(value) > MAX_SHOWN_TEXT:
        return value[: MAX_SHOWN_TEXT - 1] + "…"
    return value
