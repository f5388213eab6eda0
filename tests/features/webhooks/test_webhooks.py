"""Webhooks over HTTP: who manages them, what is shown of them, and their bounds."""

import json
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from shared.actor import Actor
from shared.contract.shapes import Role
from shared.ids import ListId
from shared.resources import Resources
from shared.tables.accounts import AuditRow
from shared.tables.interop.webhook_deliveries import WebhookDeliveryRow
from shared.tables.interop.webhooks import WebhookRow
from shared.tables.jobs import JobRow
from shared.text import NotAcceptableError
from shared.webhooks import rules
from tests.support.features.list_builder import ListBuilder
from tests.support.world_builder import World

API = "/api/v1"
NEW = {"name": "Home", "url": "https://hooks.example/secret-path", "events": ["todo.created"]}


@pytest.fixture
async def home(world: World) -> tuple[Actor, Actor, ListId]:
    """Ana and Ben, who both own the list."""
    ana, ben = await world.user("Ana"), await world.user("Ben")
    return ana, ben, await world.list(ana, (ben, Role.OWNER))


async def create(
    client: httpx.AsyncClient, builder: ListBuilder, actor: Actor, path: str, **changes: Any
) -> httpx.Response:
    body = NEW | changes
    return await client.post(API + path, json=body, headers=builder.headers(actor))


async def test_the_secret_is_shown_once_and_not_stored(
    client: httpx.AsyncClient,
    builder: ListBuilder,
    resources: Resources,
    home: tuple[Actor, Actor, ListId],
) -> None:
    ana, _, list_id = home

    answer = await create(client, builder, ana, f"/lists/{list_id}/webhooks")

    created = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "no-store"
    secret = created.pop("secret")
    assert secret.startswith("whsec_")
    listed = await client.get(f"{API}/lists/{list_id}/webhooks", headers=builder.headers(ana))
    assert listed.json() == {"items": [created]}
    async with resources.begin_read() as read:
        stored = str(list(await read.connection.execute(select(WebhookRow.__table__))))
        audit = str(list(await read.connection.execute(select(AuditRow.__table__))))
        kinds = list(await read.connection.scalars(select(JobRow.kind)))
    assert secret.removeprefix("whsec_") not in stored
    assert "secret-path" not in audit
    assert kinds == ["send_security_notice"]


async def test_another_secret_replaces_it(
    client: httpx.AsyncClient, builder: ListBuilder, home: tuple[Actor, Actor, ListId]
) -> None:
    ana, ben, list_id = home
    first = (await create(client, builder, ana, f"/lists/{list_id}/webhooks")).json()
    path = f"{API}/webhooks/{first['id']}/secret"

    second = await client.post(path, headers=builder.headers(ana))

    assert second.json()["secret"] != first["secret"]
    # Another owner of the list does not get the key of a receiver that is not theirs.
    assert (await client.post(path, headers=builder.headers(ben))).status_code == 403


async def test_another_owner_sees_the_host_alone_and_disables_but_does_not_enable(
    client: httpx.AsyncClient, builder: ListBuilder, home: tuple[Actor, Actor, ListId]
) -> None:
    ana, ben, list_id = home
    webhook = (await create(client, builder, ana, f"/lists/{list_id}/webhooks")).json()
    path, headers = f"{API}/webhooks/{webhook['id']}", builder.headers(ben)

    seen = (await client.get(path, headers=headers)).json()
    disabled = await client.patch(path, json={"is_enabled": False}, headers=headers)
    enabled = await client.patch(path, json={"is_enabled": True}, headers=headers)

    assert (seen["url"], seen["host"]) == (None, "hooks.example")
    assert disabled.json()["disabled_reason"] == "user"
    assert enabled.status_code == 403
    by_maker = await client.patch(path, json={"is_enabled": True}, headers=builder.headers(ana))
    assert by_maker.json()["disabled_at"] is None
    assert (await client.delete(path, headers=headers)).status_code == 204


async def test_a_list_and_an_account_have_a_limited_number(
    client: httpx.AsyncClient,
    builder: ListBuilder,
    home: tuple[Actor, Actor, ListId],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ana, ben, list_id = home
    monkeypatch.setattr("shared.webhooks.commands.MAX_OF_LIST", 2)
    monkeypatch.setattr("shared.webhooks.commands.MAX_OF_USER", 3)
    of_list = f"/lists/{list_id}/webhooks"

    answers = [await create(client, builder, user, of_list) for user in (ana, ben, ana)]
    of_account = [await create(client, builder, ana, "/users/me/webhooks") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [201, 201, 409]
    assert [answer.status_code for answer in of_account] == [201, 201, 409]
    assert answers[2].json()["code"] == "too_many_webhooks"


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/", "https://127.0.0.1/", "https://[::1]/", "https://hooks.example:25/",
        "https://user@hooks.example/", "ftp://hooks.example/", "https:///x", "https://hooks.example/#x",
        "https://höks.example/", "https://hooks.example/ x", "https://hooks.example:x/",
    ],
)  # fmt: skip
def test_an_address_must_be_https_and_a_name(url: str) -> None:
    with pytest.raises(NotAcceptableError):
        rules.parse_url(url, allow_private=False)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://hooks.example/", "https address"),
        ("https://127.0.0.1:9911/", "no IP address"),
        ("https://hooks.example:25/", "port 443"),
    ],
)
def test_the_refusal_of_an_address_says_what_is_wrong_with_it(url: str, reason: str) -> None:
    with pytest.raises(NotAcceptableError, match=reason):
        rules.parse_url(url, allow_private=False)


async def test_an_address_that_is_not_https_is_refused(
    client: httpx.AsyncClient, builder: ListBuilder, home: tuple[Actor, Actor, ListId]
) -> None:
    ana, _, _ = home

    answer = await create(client, builder, ana, "/users/me/webhooks", url="http://hooks.example/")

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "url"


async def test_an_unknown_event_is_refused(
    client: httpx.AsyncClient, builder: ListBuilder, home: tuple[Actor, Actor, ListId]
) -> None:
    ana, _, _ = home

    # An event of an account's own stream is none of a list.
    for name in ("todo.exploded", "session.revoked"):
        answer = await create(client, builder, ana, "/users/me/webhooks", events=[name])
        assert answer.status_code == 422


async def test_a_disabled_webhook_is_not_tested(
    client: httpx.AsyncClient, builder: ListBuilder, home: tuple[Actor, Actor, ListId]
) -> None:
    ana, _, _ = home
    headers = builder.headers(ana)
    webhook = (await create(client, builder, ana, "/users/me/webhooks")).json()
    path = f"{API}/webhooks/{webhook['id']}"

    pending = await client.post(f"{path}/test", headers=headers)
    await client.patch(path, json={"is_enabled": False}, headers=headers)
    refused = await client.post(f"{path}/test", headers=headers)

    assert pending.status_code == 202
    log = (await client.get(f"{path}/deliveries", headers=headers)).json()
    assert log == {"items": [pending.json()]}
    assert (refused.status_code, refused.json()["code"]) == (409, "webhook_disabled")


async def test_tests_that_wait_are_limited_in_number(
    client: httpx.AsyncClient,
    builder: ListBuilder,
    home: tuple[Actor, Actor, ListId],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ana, _, _ = home
    monkeypatch.setattr("shared.webhooks.deliveries.MAX_PENDING", 2)
    webhook = (await create(client, builder, ana, "/users/me/webhooks")).json()

    answers = [
        await client.post(f"{API}/webhooks/{webhook['id']}/test", headers=builder.headers(ana))
        for _ in range(3)
    ]

    assert [answer.status_code for answer in answers] == [202, 202, 409]


async def test_a_position_that_was_not_reached_is_refused(
    client: httpx.AsyncClient, builder: ListBuilder, home: tuple[Actor, Actor, ListId]
) -> None:
    ana, _, list_id = home
    webhook = (await create(client, builder, ana, f"/lists/{list_id}/webhooks")).json()

    answers = [
        await client.post(
            f"{API}/webhooks/{webhook['id']}/replay",
            json={"list_id": list_id, "from_seq": seq},
            headers=builder.headers(ana),
        )
        for seq in (0, 1_000)
    ]

    assert [answer.status_code for answer in answers] == [204, 422]


def test_pauses_double_up_to_an_hour_less_a_random_half() -> None:
    longest = [rules.pause_seconds(failures, 0.999_999) for failures in range(1, 12)]
    shortest = [rules.pause_seconds(failures, 0.0) for failures in range(1, 12)]

    assert [round(each) for each in longest] == [
        15, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600,
    ]  # fmt: skip
    assert shortest == [round(each) / 2 for each in longest]


async def test_another_owner_does_not_see_what_the_receiver_answered(
    client: httpx.AsyncClient,
    builder: ListBuilder,
    resources: Resources,
    home: tuple[Actor, Actor, ListId],
) -> None:
    ana, ben, list_id = home
    webhook = (await create(client, builder, ana, f"/lists/{list_id}/webhooks")).json()
    path = f"{API}/webhooks/{webhook['id']}"
    await client.post(f"{path}/test", headers=builder.headers(ana))
    async with resources.begin() as work:
        await work.connection.execute(update(WebhookDeliveryRow).values(response=NEW["url"]))

    seen = [
        (await client.get(f"{path}/deliveries", headers=builder.headers(user))).json()["items"]
        for user in (ana, ben)
    ]

    assert [items[0]["response"] for items in seen] == [NEW["url"], ""]


ODD_ADDRESSES: list[Any] = [
    "https://", "https:///", "https://[", "https://[::1", "https://]", "https://[v1.a]/", "//x/", "x", "",
    "https://[::ffff:1.2.3.4]/", "https://[fe80::1%25eth0]/", "https://x:99999/", "https://x:-1/",
    "https://x:٣/", "https://x:0/", "https://a\\@b/", "https://x/\r\nHost: y", "https://x/\x00",
    "https://x/\ud800", "https://\u2024x/", "https://x\t/", "javascript:alert(1)", "https://@x/",
    "https://:@x/", "https://x#", 1, None, [], {}, "https://" + "x" * 1000,
]  # fmt: skip
# Accepted: what their names resolve to is checked for every request.
ODD_NAMES = [
    "https://2130706433/", "https://0x7f.1/", "https://127.1/", "https://x..y/", "https://.x/", "https://x./",
    "HTTPS://X/", "https://x:443/", "https://" + "x" * 64 + ".example/", "https://x?y", "https://x/%zz",
    "https://x/;a", "https://%41/", "https://a\\b/", 'https://"x"/', "https://x,y/",
]  # fmt: skip


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_no_odd_address_or_choice_of_events_ends_in_a_fault(
    client: httpx.AsyncClient, builder: ListBuilder, home: tuple[Actor, Actor, ListId]
) -> None:
    ana, _, _ = home
    odd_events: list[Any] = [
        None, "todo.created", {}, [None], [1], [["todo.created"]], [""], ["*"], ["todo.*"], ["TODO.CREATED"],
        ["todo.created\x00"], ["x" * 65], ["todo.created"] * 51, [{"a": 1}], [True],
    ]  # fmt: skip

    async def status_of(changes: dict[str, Any]) -> int:
        # Not by httpx, which refuses lone surrogates itself.
        body = json.dumps(NEW | changes).encode()
        headers = builder.headers(ana) | {"Content-Type": "application/json"}
        answer = await client.post(f"{API}/users/me/webhooks", content=body, headers=headers)
        if answer.status_code == 201:
            await client.delete(f"{API}/webhooks/{answer.json()['id']}", headers=headers)
        return answer.status_code

    refused = [{"url": url} for url in ODD_ADDRESSES] + [{"events": names} for names in odd_events]
    answers = [(changes, await status_of(changes)) for changes in refused]
    assert [each for each in answers if each[1] not in (400, 422)] == []
    answers = [
        (changes, await status_of(changes)) for changes in ({"url": url} for url in ODD_NAMES)
    ]
    assert [each for each in answers if each[1] not in (201, 422)] == []
    assert await status_of({"events": ["todo.created"] * 50}) == 201
