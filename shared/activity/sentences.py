"""The sentences that say why a change cannot be undone."""

from shared.contract.details.activity import Refusal
from shared.languages.texts import Message, message

SENTENCES: dict[Refusal, Message] = {
    Refusal.NOT_OWN: message("Only your own changes can be undone."),
    Refusal.TOO_OLD: message("Changes can be undone for 7 days. This one is older."),
    Refusal.UNDONE: message("It was undone already."),
    Refusal.NOT_RECORDED: message(
        "It was made by an older version, which did not record what was before."
    ),
    Refusal.ELSEWHERE: message("This cannot be undone here."),
    Refusal.PURGED: message("It was deleted for good since."),
    Refusal.IN_TRASH: message("The todo is in the trash. Restore it first."),
    Refusal.IN_OTHER_LIST: message("The todo is in another list now."),
    Refusal.CHANGED_SINCE: message("It was changed again since."),
    Refusal.AS_BEFORE: message("It already is as it was before."),
    Refusal.TOO_MANY: message("More than 200 todos had the label. Add it to them by hand."),
    Refusal.ROLE: message("Your role in this list does not allow it any more."),
    Refusal.NOT_MEMBER: message("This person is not in the list any more."),
    Refusal.GUEST: message(
        "The visit of a guest has ended. The guest can open the link again, as long as it works."
    ),
    Refusal.INVITED: message("This person is invited already."),
    Refusal.INVITE_AGAIN: message(
        "This person cannot be taken back in without being asked. Invite them again."
    ),
    Refusal.LAST_OWNER: message(
        "A list needs an owner. Make somebody else one first, or delete the list."
    ),
}

FIELDS = {
    "title": message("title"),
    "description": message("description"),
    "status": message("status"),
    "priority": message("priority"),
    "due": message("due date"),
    "repeat": message("repetition"),
    "metadata": message("metadata"),
    "assignees": message("assignees"),
    "labels": message("labels"),
    "parent_id": message("parent"),
    "rank": message("place in the list"),
    "name": message("name"),
    "colour": message("colour"),
    "icon": message("icon"),
    "archived_at": message("archive"),
    "body": message("text"),
    "role": message("role"),
}


def changed_since(field: str, by: str | None) -> Message:
    """Return the sentence that names what was changed again, and who did it."""
    name = FIELDS.get(field, field)
    if by is None:
        return message("The {field} was changed again since.", field=name)
    return message("The {field} was changed again since, by {person}.", person=by, field=name)
