"""`./livelist demo`: two accounts, and a list they share, that look like somebody's real week.

Through the commands that people's own clicks use, so what is open in a browser shows it at once.
"""

import asyncio
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from console.commands.migrate import upgrade
from console.processes.broker import running_broker_url
from shared.accounts.account import find_account_by_email
from shared.accounts.administration import activate_as_operator
from shared.accounts.authentication.passwords import hash_password, is_correct
from shared.accounts.registration import Registration, insert_account
from shared.actor import Actor
from shared.comments.commands import add_comment
from shared.contract.shapes import Colour, DueDate, DueTime, Role, SiteRole, TodoStatus
from shared.ids import LabelId, ListId, SessionId, TodoId, UserId, list_stream, user_stream
from shared.labels.commands import create_label
from shared.lists.commands import create_list
from shared.members.commands import join_list
from shared.reminders.commands import set_reminder
from shared.reminders.rules import ReminderTrigger
from shared.resources import Resources, open_resources
from shared.settings import Settings, SettingsError, load_settings
from shared.todos.commands.create import create_todo
from shared.todos.rules.todo_edits import NewTodo, Placement
from shared.unit_of_work import UnitOfWork

ZONE = "Europe/Berlin"
PASSWORD = "a demo password"  # noqa: S105  printed, and only made outside production
PEOPLE = (("Ana Lindqvist", "ana@example.com"), ("Ben Okafor", "ben@example.com"))

HELP = """Usage: ./livelist demo

Adds two accounts, Ana and Ben, and lists that they share. Not in production.
"""


class AlreadyThereError(Exception):
    """The accounts exist: the demo was added before."""


class AddressTakenError(Exception):
    """Somebody registered an address of the demo; its password is theirs."""


@dataclass(frozen=True)
class Line:
    """A todo as one writes it down: how many days from today it is due, and at what time."""

    title: str
    day: int | None = None
    time: str = ""
    label: str = ""
    priority: int = 0
    whose: int | None = None
    status: TodoStatus = TodoStatus.PENDING
    notes: str = ""
    steps: tuple[str, ...] = ()
    says: str = ""


SUMMER_PARTY = (
    Line("Book the boathouse", 1, "09:00", "Place", 5, 0, notes="Ask about the rain plan."),
    Line("Invite the neighbours", 3, label="People", whose=1, says="I met the Okonjos, they come!"),
    Line("Borrow two gas grills", 5, "18:30", "Food", 2, 1),
    Line("Plan the menu", 2, label="Food", steps=("Salads", "Something without nuts", "Cake")),
    Line("Make a playlist", label="Fun", whose=0, status=TodoStatus.IN_PROGRESS),
    Line("Hang the string lights", 8, "16:00", "Place"),
    Line("Order ice", 7, "10:00", "Food", 3),
    Line("Games for the children", label="Fun", says="Sack race, like last year?"),
    Line("Agree on a date", label="People", whose=0, status=TodoStatus.COMPLETED),
    Line("Ask the council about music", -1, label="Place", priority=4, whose=1),
)
GROCERIES = (
    Line("Oat milk"),
    Line("Tomatoes, the small ones"),
    Line("Coffee beans", notes="The green bag."),
    Line("Bread", 0, status=TodoStatus.COMPLETED),
    Line("Birthday candles", 1, priority=1),
)
LABELS = {
    "Place": Colour.TEAL,
    "People": Colour.PURPLE,
    "Food": Colour.ORANGE,
    "Fun": Colour.PINK,
}


def run(arguments: list[str]) -> int:
    """Returns 0 when the demo is there; it is never added twice."""
    if arguments:
        print(HELP, end="")
        return 0 if arguments[0] in ("-h", "--help") else 2
    try:
        settings = load_settings()
    except SettingsError as error:
        print(f"The settings are not usable:\n{error}", file=sys.stderr)
        return 1
    if settings.in_production:
        print("The demo has known passwords; it is not for production.", file=sys.stderr)
        return 1
    upgrade(settings)
    try:
        asyncio.run(add_demo(_told_to_those_running(settings)))
    except AlreadyThereError:
        print("The demo is there already.")
    except AddressTakenError as error:
        print(
            f"{error} has an account here that is not the demo's; nothing was added. "
            "Give the demo a place of its own: DATA_DIR=./demo ./livelist demo, then ./livelist up so.",
            file=sys.stderr,
        )
        return 1
    _print_accounts(settings)
    return 0


async def add_demo(settings: Settings) -> None:
    """Both accounts and their lists are there. Raises AlreadyThereError, AddressTakenError."""
    password_hash = await hash_password(PASSWORD)
    async with open_resources(settings) as resources:
        for _, email in PEOPLE:
            await _check_free(resources, email)
        people = [await _add_person(resources, *one, password_hash) for one in PEOPLE]
        party = await _add_list(resources, people, "Summer party", Colour.PURPLE)
        async with resources.begin() as work:
            labels = {
                name: LabelId((await create_label(work, people[0], party, name, colour)).id)
                for name, colour in LABELS.items()
            }
        for line in SUMMER_PARTY:
            await _add_line(resources, people, party, line, labels)
        groceries = await _add_list(resources, people, "Groceries", Colour.GREEN)
        for line in GROCERIES:
            await _add_line(resources, people, groceries, line, {})


async def _check_free(resources: Resources, email: str) -> None:
    async with resources.begin_read() as read:
        account = await find_account_by_email(read, email)
    if account is None:
        return
    if await is_correct(PASSWORD, account.password_hash):
        raise AlreadyThereError
    raise AddressTakenError(email)


async def _add_person(resources: Resources, name: str, email: str, password_hash: str) -> Actor:
    wish = Registration(email=email, password=PASSWORD, name=name, time_zone=ZONE, locale="en-GB")
    async with resources.begin() as work:
        user_id = await insert_account(work, wish, password_hash)
        if user_id is None:
            raise AlreadyThereError
        await activate_as_operator(work, user_id, SiteRole.USER)
    # Nobody signs in here; what is done is theirs all the same.
    return Actor(user_id, name, SessionId(""))


async def _add_list(resources: Resources, people: list[Actor], name: str, colour: Colour) -> ListId:
    owner, *others = people
    async with resources.begin() as work:
        list_id = ListId((await create_list(work, owner, name, colour)).id)
    for actor in others:
        async with resources.begin() as work:
            await work.lock_streams([list_stream(list_id), user_stream(actor.user_id)])
            await join_list(work, actor, list_id, Role.EDITOR)
    return list_id


async def _add_line(
    resources: Resources,
    people: list[Actor],
    list_id: ListId,
    line: Line,
    labels: dict[str, LabelId],
) -> None:
    author = people[line.whose or 0]
    async with resources.begin() as work:
        new = NewTodo(
            title=line.title,
            notes=line.notes,
            status=line.status,
            priority=line.priority,
            due=_due(line, work.now),
            assignees=() if line.whose is None else (UserId(author.user_id),),
            labels=(labels[line.label],) if line.label else (),
        )
        todo_id = TodoId((await create_todo(work, author, list_id, new, Placement())).id)
        await _add_steps(work, author, list_id, todo_id, line.steps)
    async with resources.begin() as work:
        if line.says:
            await add_comment(work, people[1], todo_id, line.says)
        if line.time:
            await set_reminder(work, author, todo_id, ReminderTrigger(None, 30))


async def _add_steps(
    work: UnitOfWork, author: Actor, list_id: ListId, parent: TodoId, steps: tuple[str, ...]
) -> None:
    for title in steps:
        await create_todo(
            work, author, list_id, NewTodo(title=title, parent_id=parent), Placement()
        )


def _due(line: Line, now: datetime) -> DueDate | DueTime | None:
    if line.day is None:
        return None
    day = (now.astimezone(ZoneInfo(ZONE)) + timedelta(days=line.day)).date()
    if not line.time:
        return DueDate(date=day)
    return DueTime(at=f"{day}T{line.time}:00", zone=ZONE)


def _told_to_those_running(settings: Settings) -> Settings:
    """Returns settings with the broker of a running `./livelist up`, so that its pages see it live."""
    if settings.redis.url:
        return settings
    redis = settings.redis.model_copy(update={"url": running_broker_url(settings.data_dir) or ""})
    return settings.model_copy(update={"redis": redis})


def _print_accounts(settings: Settings) -> None:
    print("Sign in as")
    for _, email in PEOPLE:
        print(f'  {email}   password: "{PASSWORD}"')
    print(f"at {settings.web.public_url}; `./livelist up` starts it.")
