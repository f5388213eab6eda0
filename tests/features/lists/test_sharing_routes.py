"""Lists, members, invitations and labels over REST: permissions of each role, and answers."""

from dataclasses import dataclass
from typing import Any

import pytest

from shared.actor import Actor
from shared.contract.shapes import Role
from shared.ids import ListId, list_stream
from shared.labels.commands import create_label
from shared.lists.commands import delete_list
from shared.members.invitations import invite_member
from tests.support.features.answers import same_but_request_id
from tests.support.features.list_builder import COMMENTER, EDITOR, OWNER, VIEWER, ListBuilder
from tests.support.world_builder import World

EVERYONE = frozenset(Role)
EDITORS = frozenset({OWNER, EDITOR})
OWNERS = frozenset({OWNER})
UNKNOWN_ID = "0" * 26


@dataclass(frozen=True)
class Route:
    """A route, with {list} and a part of that list ({invitation}, {label}, {member}) in its path."""

    method: str
    path: str
    allowed: frozenset[Role]
    body: Any = None
    status: int = 200

    @property
    def names_a_part(self) -> bool:
        return any(part in self.path for part in ("{member}", "{invitation}", "{label}"))


ROUTES = {
    "read_list": Route("GET", "/lists/{list}", EVERYONE),
    "edit_list": Route("PATCH", "/lists/{list}", OWNERS, {"name": "Other"}),
    "delete_list": Route("DELETE", "/lists/{list}", OWNERS, status=204),
    "restore_list": Route("POST", "/lists/{list}/restore", OWNERS),
    "read_snapshot": Route("GET", "/lists/{list}/snapshot", EVERYONE),
    "read_events": Route("GET", "/lists/{list}/events?epoch={epoch}&since=0", EVERYONE),
    "list_members": Route("GET", "/lists/{list}/members", EVERYONE),
    "change_role": Route("PATCH", "/lists/{list}/members/{member}", OWNERS, {"role": "viewer"}),
    "remove_member": Route("DELETE", "/lists/{list}/members/{member}", OWNERS, status=204),
    "leave_list": Route("DELETE", "/lists/{list}/members/{me}", EVERYONE, status=204),
    "list_invitations": Route("GET", "/lists/{list}/invitations", OWNERS),
    "invite_member": Route(
        "POST", "/lists/{list}/invitations", OWNERS,
        {"email": "new@example.com", "role": "viewer"}, 201,
    ),
    "withdraw_invitation": Route(
        "DELETE", "/lists/{list}/invitations/{invitation}", OWNERS, status=204
    ),
    "list_labels": Route("GET", "/lists/{list}/labels", EVERYONE),
    "create_label": Route("POST", "/lists/{list}/labels", EDITORS, {"name": "new"}, 201),
    "edit_label": Route("PATCH", "/lists/{list}/labels/{label}", EDITORS, {"name": "new"}),
    "delete_label": Route("DELETE", "/lists/{list}/labels/{label}", EDITORS, status=204),
}  # fmt: skip


@dataclass(frozen=True)
class ListWithParts:
    """A list with a member, an invitation and a label, whose ids fill the path of a route."""

    list_id: ListId
    epoch: str
    member: str
    invitation: str
    label: str

    def path(self, route: Route, me: Actor) -> str:
        return route.path.format(
            list=self.list_id, epoch=self.epoch, member=self.member, label=self.label,
            invitation=self.invitation, me=me.user_id,
        )  # fmt: skip


@pytest.mark.parametrize("name", ROUTES)
async def test_each_role_gets_the_answer_of_the_table_and_others_get_404(
    builder: ListBuilder, world: World, name: str
) -> None:
    route = ROUTES[name]
    ana, ben, eve = [await world.user(user_name) for user_name in ("Ana", "Ben", "Eve")]
    lists = {role: await make_list_with_parts(world, ana, ben, role) for role in Role}

    for role, target in lists.items():
        answer = await builder.request(ben, route.method, target.path(route, ben), route.body)

        expected = route.status if role in route.allowed else 403
        assert answer.status_code == expected, (role, answer.text)

    target = lists[OWNER]
    stranger = await builder.request(eve, route.method, target.path(route, eve), route.body)
    unknown = ListWithParts(ListId(UNKNOWN_ID), target.epoch, UNKNOWN_ID, UNKNOWN_ID, UNKNOWN_ID)
    for_unknown = await builder.request(eve, route.method, unknown.path(route, eve), route.body)
    unsigned = await builder.client.request(
        route.method, f"/api/v1{target.path(route, ben)}", json=route.body
    )
    assert stranger.status_code == 404
    assert same_but_request_id(stranger) == same_but_request_id(for_unknown)
    assert unsigned.status_code == 401


@pytest.mark.parametrize("name", [name for name in ROUTES if ROUTES[name].names_a_part])
async def test_a_part_of_another_list_is_not_found(
    builder: ListBuilder, world: World, name: str
) -> None:
    route = ROUTES[name]
    ana, ben = await world.user("Ana"), await world.user("Ben")
    target = await make_list_with_parts(world, ana, ben, VIEWER)
    other = ListWithParts(
        await world.list(ana), target.epoch, target.member, target.invitation, target.label
    )

    answer = await builder.request(ana, route.method, other.path(route, ana), route.body)

    assert answer.status_code == 404


async def test_a_removed_member_gets_404(builder: ListBuilder, world: World) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    target = await make_list_with_parts(world, ana, ben, EDITOR)
    await builder.request(ana, "DELETE", f"/lists/{target.list_id}/members/{ben.user_id}")

    answers = [
        await builder.request(ben, route.method, target.path(route, ben), route.body)
        for route in ROUTES.values()
    ]

    assert {answer.status_code for answer in answers} == {404}


async def test_an_answer_carries_version_and_position(builder: ListBuilder, world: World) -> None:
    ana = await world.user()

    made = await builder.request(ana, "POST", "/lists", {"name": "Choir"})
    path = f"/lists/{made.json()['id']}"
    edited = await builder.request(
        ana, "PATCH", path, {"colour": "red"}, If_Match=made.headers["etag"]
    )
    stale = await builder.request(
        ana, "PATCH", path, {"colour": "pink"}, If_Match=made.headers["etag"]
    )
    gone = await builder.request(ana, "DELETE", path, If_Match=made.headers["etag"])
    read = await builder.request(ana, "GET", path)

    assert (made.status_code, made.headers["etag"]) == (201, '"1"')
    assert (edited.status_code, edited.headers["etag"]) == (200, '"2"')
    stream = edited.json()["stream"]
    assert (
        edited.headers["livelist-seq"] == f"{stream['list_id']}:{stream['epoch']}:{stream['seq']}"
    )
    assert (stale.status_code, stale.json()["current"]) == (412, edited.json())
    assert gone.status_code == 412
    assert (read.json(), read.headers["etag"]) == (edited.json(), '"2"')


async def test_a_retried_request_creates_one_list(builder: ListBuilder, world: World) -> None:
    ana = await world.user()

    first = await builder.request(ana, "POST", "/lists", {"name": "Choir"}, Idempotency_Key="k")
    again = await builder.request(ana, "POST", "/lists", {"name": "Choir"}, Idempotency_Key="k")

    assert again.content == first.content
    assert (await builder.request(ana, "GET", "/lists")).json()["total"] == 1


async def test_lists_are_filtered_by_their_state(builder: ListBuilder, world: World) -> None:
    ana = await world.user()
    active, archived, trashed = [await world.list(ana, name=str(number)) for number in range(3)]
    await builder.request(ana, "PATCH", f"/lists/{archived}", {"archived": True})
    await builder.request(ana, "DELETE", f"/lists/{trashed}")

    pages = {
        state: (await builder.request(ana, "GET", f"/lists?state={state}")).json()
        for state in ("active", "archived", "trash")
    }

    shown = {state: [item["id"] for item in page["items"]] for state, page in pages.items()}
    assert shown == {"active": [active], "archived": [archived], "trash": [trashed]}
    assert {page["total"] for page in pages.values()} == {1}


BAD_LISTS: dict[str, Any] = {
    "empty": {"name": ""},
    "blank": {"name": " \u2003 "},
    "long": {"name": "x" * 201},
    "long_in_normal_form": {"name": "\ufb2c" * 150},
    "two_lines": {"name": "a\nb"},
    "control": {"name": "a\x07"},
    "marks": {"name": "a" + "\u0301" * 20},
    "colour": {"name": "x", "colour": "mauve"},
    "unknown": {"name": "x", "owner": "me"},
    "no_fields": {},
    "null": {"name": None},
    "number": {"name": 3},
}


@pytest.mark.parametrize("case", BAD_LISTS)
async def test_an_invalid_list_is_not_created(
    builder: ListBuilder, world: World, case: str
) -> None:
    ana = await world.user()

    answer = await builder.request(ana, "POST", "/lists", BAD_LISTS[case])

    assert answer.status_code == 422
    assert (await builder.request(ana, "GET", "/lists")).json()["total"] == 0


@pytest.mark.parametrize(
    "name", ["x" * 200, "👨‍👩‍👧‍👦 “Familie” 家族", "  trimmed  ", "\ufb2c" * 66]
)
async def test_a_valid_name_is_stored_and_returned(
    builder: ListBuilder, world: World, name: str
) -> None:
    ana = await world.user()

    made = await builder.request(ana, "POST", "/lists", {"name": name})

    assert made.status_code == 201, made.text
    read = await builder.request(ana, "GET", f"/lists/{made.json()['id']}")
    assert read.json()["name"] == made.json()["name"]
    assert len(made.json()["name"]) <= 200


@pytest.mark.parametrize(
    "edit", [{"name": None}, {"colour": None}, {"archived": None}, {"archived": "maybe"}]
)
async def test_a_required_field_cannot_be_cleared(
    builder: ListBuilder, world: World, edit: dict[str, Any]
) -> None:
    ana = await world.user()
    list_id = await world.list(ana)

    assert (await builder.request(ana, "PATCH", f"/lists/{list_id}", edit)).status_code == 422


@pytest.mark.parametrize("name", ["", "x" * 51, "\ufb2c" * 30, "a\nb"])
async def test_an_invalid_label_is_not_created(
    builder: ListBuilder, world: World, name: str
) -> None:
    ana = await world.user()
    path = f"/lists/{await world.list(ana)}/labels"

    assert (await builder.request(ana, "POST", path, {"name": name})).status_code == 422
    assert (await builder.request(ana, "GET", path)).json() == {"items": []}


async def test_every_route_but_restore_answers_404_for_a_trashed_list(
    builder: ListBuilder, world: World
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    target = await make_list_with_parts(world, ana, ben, COMMENTER)
    await world.run(delete_list, ana, target.list_id)

    answers = {
        name: await builder.request(ana, route.method, target.path(route, ana), route.body)
        for name, route in ROUTES.items()
        if name != "restore_list"
    }
    restored = await builder.request(ana, "POST", f"/lists/{target.list_id}/restore")

    assert {answer.status_code for answer in answers.values()} == {404}
    assert restored.status_code == 200


async def make_list_with_parts(world: World, ana: Actor, ben: Actor, role: Role) -> ListWithParts:
    """Make a list of Ana's with Ben in `role`, a third member, an invitation and a label."""
    cem = await world.user("Cem")
    list_id = await world.list(ana, (ben, role), (cem, COMMENTER))
    invitation = await world.run(invite_member, ana, list_id, "dan@example.com", VIEWER)
    label = await world.run(create_label, ana, list_id, "work")
    async with world.resources.begin() as work:
        (head,) = (await work.lock_streams([list_stream(list_id)])).values()
    return ListWithParts(list_id, head.epoch, cem.user_id, invitation.id, label.id)
