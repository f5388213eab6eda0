"""What readers leave out of a file: each says which, and none leaves out anything else.

`LOSSES` of a reader are all that it may report; docs/import-and-export.md lists them by kind of file.
"""

from typing import NamedTuple

from shared.languages.texts import Amount, Message, message


class Loss(NamedTuple):
    """`what` is a plural, as the documentation and counts name it; `sentence` is of one todo."""

    what: str
    sentence: str

    def counted(self, count: int) -> Message:
        return message("Left out: {what} ({count}).", count=Amount(count), what=self.what)


ATTACHMENTS = Loss(message("attachments"), "Attachments were left out.")
FILES = Loss(
    "files that the archive has not whole", "A file is not whole in the archive, or not in it."
)
COMMENTS = Loss(message("comments"), "Comments were left out.")
PEOPLE = Loss("people", "Who it is assigned to was left out.")
REMINDERS = Loss("reminders", "Its reminder was left out.")
REPETITION = Loss("repetitions that are not ours", "How it repeats was left out.")
REPETITION_END = Loss("ends of repetitions", "When it stops repeating was left out.")
START = Loss("start dates", "The start date was left out.")
END = Loss("end dates", "The end date was left out.")
DURATION = Loss("durations", "The duration was left out.")
DEADLINE = Loss("deadlines", "The deadline was left out.")
DUE_WORDS = Loss("dates in words", "The date is in words: it was added to the description.")
DUE_DAY = Loss(
    "first days of repeats", "The file does not say when it is next: it begins with the import."
)
DUE_YEAR = Loss("years of dates", "The date names no year: the nearest one was taken.")
PRIORITY = Loss("priorities that are unknown", "The priority is unknown and was left out.")
STATUS = Loss("states that are unknown", "The status is unknown; the todo is open.")
COMPLETED_AT = Loss(
    "instants of completion that are unknown", "When it was completed cannot be read."
)
TIME_ZONE = Loss("time zones that are unknown", "The time zone is unknown: the time is in no zone.")
DUE = Loss("due dates that cannot be read", "The due date cannot be read and was left out.")
PROGRESS = Loss("percentages", "How much of it is done was left out.")
COLOUR = Loss("colours of todos", "Its colour was left out.")
FAVOURITE = Loss("favourites", "That it is a favourite was left out.")
RELATIONS = Loss("relations", "Relations to other todos were left out.")
TIME_SPENT = Loss("times spent", "The time spent was left out.")
CUSTOM_FIELDS = Loss("custom fields", "Custom fields were left out.")
LINKS = Loss("links to other programs", "Links to other programs were left out.")
UNKNOWN_FIELDS = Loss("fields that are not known", "Fields that are not known were left out.")
PROPERTIES = Loss("properties that a todo has no field for", "Some properties were left out.")
PAIRS = Loss("`t:` and `h:`", "Its `t:` or `h:` was left out.")
CELLS = Loss("cells beyond the header", "Cells beyond the header were left out.")
COLUMNS = Loss("columns that are not known", "Columns that are not known were left out.")
METADATA = Loss("values of a wrong type", "A value of a wrong type was left out.")
# Counted for the whole file.
ARCHIVED_CARDS = Loss(message("archived cards"), "")
CHECKLIST_NAMES = Loss(message("names of checklists"), "")
EVENTS = Loss(message("events and notes of the calendar"), "")
OCCURRENCES = Loss(message("changed occurrences"), "")
OTHER_LINES = Loss(message("lines of other text"), "")
NOTES = Loss("notes that are no tasks", "This is a note and no task.")
DELETED = Loss("deleted tasks", "This task was deleted.")
TODO_COLUMNS = Loss(message("columns of todos"), "")
PROJECT_COMMENTS = Loss(message("comments of projects"), "")
BUCKETS = Loss(message("columns of projects"), "")
SAVED_FILTERS = Loss(message("saved filters"), "")
FAVOURITE_PROJECTS = Loss(message("projects that are favourites"), "")
DEEP_PROJECTS = Loss(message("places of projects deeper than in a folder"), "")
PROJECT_TEXTS = Loss(message("descriptions of projects"), "")
