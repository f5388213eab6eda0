"""How one member looks at a list: filter, order and groups. What a client sends, and gets back."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from shared.contract.base import Body
from shared.ids import is_id
from shared.text import NotAcceptableError, clean

# More would be no filter that a person reads, and the snapshot of an account carries all views.
MAX_CHOICES = 20
_Text = Annotated[str, StringConstraints(max_length=200), AfterValidator(clean)]
_Priority = Annotated[int, Field(strict=True, ge=0, le=5)]


def _check_choice(sent: str) -> str:
    if sent != "none" and not is_id(sent):
        raise NotAcceptableError("must be an id or “none”")
    return sent


_Choice = Annotated[str, StringConstraints(max_length=64), AfterValidator(_check_choice)]
_Choices = Annotated[list[_Choice], Field(max_length=MAX_CHOICES)]


class ViewSort(StrEnum):
    """`manual` is the order that all members share."""

    MANUAL = "manual"
    DUE = "due"
    PRIORITY = "priority"
    TITLE = "title"
    CREATED = "created"
    PERSONAL_LABEL = "personal_label"


class ViewGroup(StrEnum):
    NONE = "none"
    DUE = "due"
    LABEL = "label"
    ASSIGNEE = "assignee"
    PERSONAL_LABEL = "personal_label"


class ViewDue(StrEnum):
    """`week` is today and the six days after it, in the reader's zone; `none` is without a due date."""

    OVERDUE = "overdue"
    TODAY = "today"
    WEEK = "week"
    NONE = "none"


class TodoChoices(Body):
    """A todo is shown if it fits each field; an empty field fits all. Within a field one choice suffices.

    Labels and members that are not there any more are kept, and fit nothing.
    """

    text: _Text = Field(description="Each word is in the title or the description.")
    priorities: Annotated[list[_Priority], Field(max_length=6)]
    statuses: Annotated[list[Literal["pending", "in_progress", "completed"]], Field(max_length=3)]
    labels: _Choices = Field(
        description="Of the list, and one's own. `none`: todos without a label of either kind."
    )
    assignees: _Choices = Field(description="`none`: todos that nobody is assigned to.")


class ViewFilter(TodoChoices):
    """What a view shows of a list."""

    due: ViewDue | None


class ListView(Body):
    """How one member looks at a list. Nobody else sees it."""

    sort: ViewSort
    group: ViewGroup
    filter: ViewFilter


PLAIN = ListView(
    sort=ViewSort.MANUAL,
    group=ViewGroup.NONE,
    filter=ViewFilter(text="", due=None, priorities=[], statuses=[], labels=[], assignees=[]),
)
