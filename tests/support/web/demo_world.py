"""A world that looks like somebody's real week: for looking at the client, and for its tests."""

from datetime import UTC, datetime, timedelta

from tests.support.web.fake_world import World, stamp


def day(offset: int) -> str:
    return (datetime.now(UTC) + timedelta(days=offset)).date().isoformat()


def demo_world() -> World:
    world = World()
    inbox = world.add_list("Inbox", "blue", inbox=True)
    world.add_todo(inbox["id"], "Renew the passport", due={"date": day(2)})
    world.add_todo(inbox["id"], "Ask Chidi about the cabin")
    house = world.add_list("House move", "orange")
    ben = world.add_member(house["id"], "Ben Okafor")
    chidi = world.add_member(house["id"], "Chidi Lindqvist", "commenter")
    call = world.add_label(house["id"], "call", "purple")
    buy = world.add_label(house["id"], "buy", "green")
    movers = world.add_todo(
        house["id"],
        "Book the movers",
        priority=4,
        due={"at": f"{day(1)}T09:00:00", "zone": "Europe/Berlin"},
        due_at=f"{day(1)}T08:00:00.000000Z",
        assignees=[ben["id"]],
        labels=[call["id"]],
        notes="Two offers so far:\n– Kramer, 940 €\n– Umzug24, 870 €, no piano",
    )
    world.comments["c1"] = {
        "id": "c1",
        "todo_id": movers["id"],
        "author": ben,
        "body": "Kramer can do the 14th, and they take the piano.",
        "mentions": [],
        "created_at": stamp(hours=3),
        "edited_at": None,
    }
    world.comments["c2"] = {
        "id": "c2",
        "todo_id": movers["id"],
        "author": chidi,
        "body": f"@[{world.me['id']}] I would take Kramer.",
        "mentions": [],
        "created_at": stamp(minutes=12),
        "edited_at": None,
    }
    movers["comment_count"] = 2
    world.add_todo(
        house["id"],
        "Measure the piano",
        parent_id=movers["id"],
        status="completed",
        completed_at=stamp(hours=2),
        completed_by=ben["id"],
    )
    world.add_todo(house["id"], "Ask for a parking permit", parent_id=movers["id"])
    world.add_todo(
        house["id"],
        "Cancel the electricity contract",
        priority=5,
        due={"date": day(-2)},
        assignees=[world.me["id"]],
    )
    world.add_todo(
        house["id"],
        "Forty boxes, tape, blankets",
        labels=[buy["id"]],
        due={"date": day(0)},
        assignees=[world.me["id"], ben["id"]],
    )
    world.add_todo(house["id"], "Paint samples for the kitchen", priority=2, labels=[buy["id"]])
    world.add_todo(
        house["id"],
        "Write down the meter readings of both flats, take a photograph of every meter with the date, and "
        "send them to the landlord together with the protocol of the handover, this month",
        priority=1,
        due={"date": day(9)},
    )
    world.add_todo(
        house["id"],
        "Redirect the mail",
        due={"date": day(4)},
        notes="Needs the new address confirmed.",
    )
    world.add_todo(house["id"], "Farewell drinks with the neighbours")
    for title in ("Give notice", "Find a flat", "Sign the lease"):
        world.add_todo(
            house["id"],
            title,
            status="completed",
            completed_at=stamp(days=4),
            completed_by=ben["id"],
        )
    world.add_list("Groceries", "green")
    for title in ("Oat milk", "Rye bread", "Lemons"):
        world.add_todo(list(world.lists)[-1], title)
    work = world.add_list("Launch week", "purple")
    world.add_member(work["id"], "Chidi Lindqvist")
    for n in range(200):
        world.add_todo(
            work["id"],
            f"Check the translation of page {n + 1}",
            priority=n % 6 if n % 7 == 0 else 0,
            due={"date": day(n % 12)} if n % 9 == 0 else None,
        )
    world.add_list("Reading", "pink")
    world.invitations.append(
        {
            "id": world.new_id(),
            "list_id": world.new_id(),
            "list_name": "Cabin weekend",
            "email": "ana@example.org",
            "role": "editor",
            "invited_by": chidi,
            "created_at": stamp(hours=1),
            "expires_at": stamp(days=-7),
        }
    )
    return world
