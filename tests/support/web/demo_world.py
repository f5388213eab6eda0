"""A week of a user's lists and todos, on which the browser tests work."""

from datetime import UTC, datetime, timedelta

from tests.support.web.fake_entities import Json, stamp
from tests.support.web.fake_world import FakeWorld

LONG_TITLE = (
    "Write down the meter readings of both flats, take a photograph of every meter with the date, and "
    "send them to the landlord together with the protocol of the handover, this month"
)


def day(offset: int) -> str:
    """Return the date that many days from today."""
    return (datetime.now(UTC) + timedelta(days=offset)).date().isoformat()


def demo_world() -> FakeWorld:
    """Return a world in which the inbox is the first list, and "House move" is shared."""
    world = FakeWorld()
    inbox = world.add_list("Inbox", "blue", inbox=True)["id"]
    world.add_todo(inbox, "Renew the passport", due={"date": day(2)})
    world.add_todo(inbox, "Ask Chidi about the cabin")
    _add_house_move(world)
    groceries = world.add_list("Groceries", "green")["id"]
    for title in ("Oat milk", "Rye bread", "Lemons"):
        world.add_todo(groceries, title)
    _add_long_list(world)
    world.add_list("Reading", "pink")
    world.add_invitation(world.new_id(), "Cabin weekend", world.users["Chidi Lindqvist"])
    return world


def _add_house_move(world: FakeWorld) -> None:
    house = world.add_list("House move", "orange")["id"]
    ben = world.add_member(house, "Ben Okafor")["id"]
    world.add_member(house, "Chidi Lindqvist", "commenter")
    buy = world.add_label(house, "buy", "green")["id"]
    me = world.me["id"]
    _add_movers(world, house)
    world.add_todo(
        house, "Cancel the electricity contract", priority=5, due={"date": day(-2)}, assignees=[me]
    )
    world.add_todo(
        house,
        "Forty boxes, tape, blankets",
        labels=[buy],
        due={"date": day(0)},
        assignees=[me, ben],
    )
    world.add_todo(house, "Paint samples for the kitchen", priority=2, labels=[buy])
    world.add_todo(house, LONG_TITLE, priority=1, due={"date": day(9)})
    description = "Needs the new address confirmed."
    world.add_todo(house, "Redirect the mail", due={"date": day(4)}, description=description)
    world.add_todo(house, "Farewell drinks with the neighbours")
    for title in ("Give notice", "Find a flat", "Sign the lease"):
        world.add_todo(house, title, **_completed_by(ben, days=4))


def _add_movers(world: FakeWorld, house: str) -> None:
    """Add a todo that has every field, comments and subtasks."""
    ben, chidi = world.users["Ben Okafor"], world.users["Chidi Lindqvist"]
    movers = world.add_todo(
        house,
        "Book the movers",
        priority=4,
        due={"at": f"{day(1)}T09:00:00", "zone": "Europe/Berlin"},
        due_at=f"{day(1)}T08:00:00.000000Z",
        assignees=[ben["id"]],
        labels=[world.add_label(house, "call", "purple")["id"]],
        description="Two offers so far:\n– Kramer, 940 €\n– Umzug24, 870 €, no piano",
    )
    body = "Kramer can do the 14th, and they take the piano."
    world.add_comment(movers, body, ben, stamp(hours=3))
    body = f"@[{world.me['id']}] I would take Kramer."
    world.add_comment(movers, body, chidi, stamp(minutes=12))
    parent = movers["id"]
    world.add_todo(
        house, "Measure the piano", parent_id=parent, **_completed_by(ben["id"], hours=2)
    )
    world.add_todo(house, "Ask for a parking permit", parent_id=parent)


def _completed_by(user_id: str, **ago: float) -> Json:
    return {"status": "completed", "completed_at": stamp(**ago), "completed_by": user_id}


def _add_long_list(world: FakeWorld) -> None:
    """Add a list of 200 todos."""
    launch = world.add_list("Launch week", "purple")["id"]
    world.add_member(launch, "Chidi Lindqvist")
    for n in range(200):
        world.add_todo(
            launch,
            f"Check the translation of page {n + 1}",
            priority=n % 6 if n % 7 == 0 else 0,
            due={"date": day(n % 12)} if n % 9 == 0 else None,
        )
