"""`./livelist demo`: add two accounts and shared lists that look like a real week.

Uses the same commands as the API, so that open browsers show the lists at once.
"""

import asyncio
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from console.processes.broker import with_running_broker
from console.schema.upgrade import upgrade
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
ACCOUNTS = (("Ana Lindqvist", "ana@example.com"), ("Ben Okafor", "ben@example.com"))

HELP = """Usage: ./livelist demo

Adds two accounts, Ana and Ben, and lists that they share. Not in production.
"""


class AlreadyThereError(Exception):
    """The accounts exist: the demo was added before."""


class AddressTakenError(Exception):
    """An address of the demo belongs to an account with another password."""


@dataclass(frozen=True)
class DemoTodo:
    """An example todo. `day` is the due day, in days from today; `time` is the local time.

    `assignee` is an index into ACCOUNTS; `comment` is written by the second account.
    """

    title: str
    day: int | None = None
    time: str = ""
    label: str = ""
    priority: int = 0
    assignee: int | None = None
    status: TodoStatus = TodoStatus.PENDING
    description: str = ""
    steps: tuple[str, ...] = ()
    comment: str = ""


SUMMER_PARTY = (
    DemoTodo(
        "Book the boathouse", 1, "09:00", "Place", 5, 0, description="Ask about the rain plan."
    ),
    DemoTodo(
        "Invite the neighbours",
        3,
        label="People",
        assignee=1,
        comment="I met the Okonjos, they come!",
    ),
    DemoTodo("Borrow two gas grills", 5, "18:30", "Food", 2, 1),
    DemoTodo("Plan the menu", 2, label="Food", steps=("Salads", "Something without nuts", "Cake")),
    DemoTodo("Make a playlist", label="Fun", assignee=0, status=TodoStatus.IN_PROGRESS),
    DemoTodo("Hang the string lights", 8, "16:00", "Place"),
    DemoTodo("Order ice", 7, "10:00", "Food", 3),
    DemoTodo("Games for the children", label="Fun", comment="Sack race, like last year?"),
    DemoTodo("Agree on a date", label="People", assignee=0, status=TodoStatus.COMPLETED),
    DemoTodo("Ask the council about music", -1, label="Place", priority=4, assignee=1),
)
GROCERIES = (
    DemoTodo("Oat milk"),
    DemoTodo("Tomatoes, the small ones"),
    DemoTodo("Coffee beans", description="The green bag."),
    DemoTodo("Bread", 0, status=TodoStatus.COMPLETED),
    DemoTodo("Birthday candles", 1, priority=1),
)
LABELS = {
    "Place": Colour.TEAL,
    "People": Colour.PURPLE,
    "Food": Colour.ORANGE,
    "Fun": Colour.PINK,
}


def run(arguments: list[str]) -> int:
    """Return 0 if the demo is there, added now or earlier; 1 with a sentence if it cannot be."""
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
        asyncio.run(add_demo(with_running_broker(settings)))
    except AlreadyThereError:
        print("The demo is there already.")
    except AddressTakenError as error:
        print(
            f"{error} has an account here that is not the demo's; nothing was added. "
            "Give the demo a data folder of its own: DATA_DIR=./demo ./livelist demo, "
            "and start it with DATA_DIR=./demo ./livelist up.",
            file=sys.stderr,
        )
        return 1
    _print_accounts(settings)
    return 0


async def add_demo(settings: Settings) -> None:
    """Add both accounts and their lists. Raise AlreadyThereError, AddressTakenError."""
    password_hash = await hash_password(PASSWORD)
    async with open_resources(settings) as resources:
        for _, email in ACCOUNTS:
            await _check_address_is_free(resources, email)
        actors = [
            await _add_account(resources, name, email, password_hash) for name, email in ACCOUNTS
        ]
        party = await _add_list(resources, actors, "Summer party", Colour.PURPLE)
        async with resources.begin() as work:
            labels = {
                name: LabelId((await create_label(work, actors[0], party, name, colour)).id)
                for name, colour in LABELS.items()
            }
        for todo in SUMMER_PARTY:
            await _add_todo(resources, actors, party, todo, labels)
        groceries = await _add_list(resources, actors, "Groceries", Colour.GREEN)
        for todo in GROCERIES:
            await _add_todo(resources, actors, groceries, todo, {})


async def _check_address_is_free(resources: Resources, email: str) -> None:
    async with resources.begin_read() as read:
        account = await find_account_by_email(read, email)
    if account is None:
        return
    if await is_correct(PASSWORD, account.password_hash):
        raise AlreadyThereError
    raise AddressTakenError(email)


async def _add_account(resources: Resources, name: str, email: str, password_hash: str) -> Actor:
    registration = Registration(
        email=email, password=PASSWORD, name=name, time_zone=ZONE, locale="en-GB"
    )
    async with resources.begin() as work:
        user_id = await insert_account(work, registration, password_hash)
        if user_id is None:
            raise AlreadyThereError
        await activate_as_operator(work, user_id, SiteRole.USER)
    # The actor has no session; its changes belong to the account all the same.
    return Actor(user_id, name, SessionId(""))


async def _add_list(resources: Resources, actors: list[Actor], name: str, colour: Colour) -> ListId:
    owner, *others = actors
    async with resources.begin() as work:
        list_id = ListId((await create_list(work, owner, name, colour)).id)
    for actor in others:
        async with resources.begin() as work:
            await work.lock_streams([list_stream(list_id), user_stream(actor.user_id)])
            await join_list(work, actor, list_id, Role.EDITOR)
    return list_id


async def _add_todo(
    resources: Resources,
    actors: list[Actor],
    list_id: ListId,
    todo: DemoTodo,
    labels: dict[str, LabelId],
) -> None:
    author = actors[todo.assignee or 0]
    async with resources.begin() as work:
        new = NewTodo(
            title=todo.title,
            description=todo.description,
            status=todo.status,
            priority=todo.priority,
            due=_due(todo, work.now),
            assignees=() if todo.assignee is None else (UserId(author.user_id),),
            labels=(labels[todo.label],) if todo.label else (),
        )
        todo_id = TodoId((await create_todo(work, author, list_id, new, Placement())).id)
        await _add_steps(work, author, list_id, todo_id, todo.steps)
    async with resources.begin() as work:
        if todo.comment:
            await add_comment(work, actors[1], todo_id, todo.comment)
        if todo.time:
            await set_reminder(work, author, todo_id, ReminderTrigger(None, 30))


async def _add_steps(
    work: UnitOfWork, author: Actor, list_id: ListId, parent: TodoId, steps: tuple[str, ...]
) -> None:
    for title in steps:
        await create_todo(
            work, author, list_id, NewTodo(title=title, parent_id=parent), Placement()
        )


def _due(todo: DemoTodo, now: datetime) -> DueDate | DueTime | None:
    if todo.day is None:
        return None
    day = (now.astimezone(ZoneInfo(ZONE)) + timedelta(days=todo.day)).date()
    if not todo.time:
        return DueDate(date=day)
    return DueTime(at=f"{day}T{todo.time}:00", zone=ZONE)


def _print_accounts(settings: Settings) -> None:
    print("Sign in as")
    for _, email in ACCOUNTS:
        print(f'  {email}   password: "{PASSWORD}"')
    print(f"at {settings.web.public_url}; `./livelist up` starts it.")
