"""The sentences that say why a change cannot be undone."""

from shared.contract.details.activity import Refusal

SENTENCES: dict[Refusal, str] = {
    Refusal.NOT_OWN: "Only your own changes can be undone.",
    Refusal.TOO_OLD: "Changes can be undone for 7 days. This one is older.",
    Refusal.UNDONE: "It was undone already.",
    Refusal.NOT_RECORDED: "It was made by an older version, which did not record what was before.",
    Refusal.ACCESS: "Who uses the list is not changed here. Open Share.",
    Refusal.ELSEWHERE: "This cannot be undone here.",
    Refusal.PURGED: "It was deleted for good since.",
    Refusal.IN_TRASH: "The todo is in the trash. Restore it first.",
    Refusal.IN_OTHER_LIST: "The todo is in another list now.",
    Refusal.CHANGED_SINCE: "It was changed again since.",
    Refusal.AS_BEFORE: "It already is as it was before.",
    Refusal.TOO_MANY: "More than 200 todos had the label. Add it to them by hand.",
    Refusal.ROLE: "Your role in this list does not allow it any more.",
}

FIELDS = {
    "title": "title",
    "description": "description",
    "status": "status",
    "priority": "priority",
    "due": "due date",
    "repeat": "repetition",
    "metadata": "metadata",
    "assignees": "assignees",
    "labels": "labels",
    "parent_id": "parent",
    "rank": "place in the list",
    "name": "name",
    "colour": "colour",
    "icon": "icon",
    "archived_at": "archive",
    "body": "text",
}


def changed_since(field: str, by: str | None) -> str:
    """Return the sentence that names what was changed again, and who did it."""
    name = FIELDS.get(field, field)
    return f"The {name} was changed again since" + (f", by {by}." if by else ".")
