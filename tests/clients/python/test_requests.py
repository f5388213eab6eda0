"""REST of the Python client against the real server."""

import re
import time

import httpx
import jsonschema
import pytest

from livelist_client import (
    Client,
    Forbidden,
    Invalid,
    Limits,
    LivelistError,
    NotFound,
    NotSignedIn,
    RateLimited,
    Unreachable,
)
from livelist_client.rest.requests import parse_retry_after
from livelist_client.shapes import DueTimeBody
from shared.contract.api_tokens import TokenScope
from tests.clients.python.conftest import Account, UnreliableTransport
from tests.support.api_tokens import insert_api_token
from tests.support.faults.api_nodes import free_port
from tests.support.openapi_document import DOCUMENT

# Two attempts: enough to see the second, and a failing request ends soon.
IMPATIENT = Limits(attempts=2, total_seconds=5)


async def test_every_method_uses_a_documented_route_and_gets_what_it_documents(
    account: Account,
) -> None:
    transport = UnreliableTransport()
    async with account.client(transport) as client:
        await use_every_method(client)

    assert len(transport.answers) > 30
    for response in transport.answers:
        check_with_document(response)


async def use_every_method(client: Client) -> None:
    await client.account.snapshot()
    trip = await client.lists.create(name="Vienna", colour="teal")
    await client.lists.edit(trip["id"], name="Wien")
    assert trip["id"] in [each["id"] for each in await client.lists.all()]
    assert (await client.lists.get(trip["id"]))["name"] == "Wien"
    assert len(await client.lists.members(trip["id"])) == 1
    label = await client.labels.create(trip["id"], name="soon", colour="red")
    await client.labels.edit(trip["id"], label["id"], name="later")
    assert [each["name"] for each in await client.labels.all(trip["id"])] == ["later"]
    due: DueTimeBody = {"at": "2099-12-24T09:00:00", "zone": "Europe/Berlin"}
    todo = await client.todos.add(
        title="Book", list_id=trip["id"], labels=[label["id"]], due=due
    )  # fmt: skip
    other = await client.todos.add(title="Pack", list_id=trip["id"])
    await client.todos.edit(todo["id"], title="Book the train", priority=3)
    await client.todos.move(todo["id"], after_id=other["id"])
    await client.todos.complete(todo["id"])
    await client.todos.reopen(todo["id"])
    await client.todos.delete(other["id"])
    await client.todos.restore(other["id"])
    assert (await client.todos.get(todo["id"]))["title"] == "Book the train"
    found = [each async for each in client.todos.find(list_id=trip["id"], status=["pending"])]
    assert len(found) == 2
    comment = await client.comments.add(todo["id"], "Which one?")
    await client.comments.edit(todo["id"], comment["id"], "Which train?")
    assert [each["body"] for each in await client.comments.all(todo["id"])] == ["Which train?"]
    reminder = await client.reminders.set(todo["id"], minutes_before=60)
    await client.reminders.snooze(todo["id"], reminder["id"], tomorrow=True)
    assert len(await client.reminders.all(todo["id"])) == 1
    snapshot = await client.lists.snapshot(trip["id"])
    assert len(snapshot["todos"]) == 2
    assert [each async for each in client.lists.snapshots()]
    await client.reminders.remove(todo["id"], reminder["id"])
    await client.comments.delete(todo["id"], comment["id"])
    await client.labels.delete(trip["id"], label["id"])
    await client.lists.delete(trip["id"])
    await client.lists.restore(trip["id"])


def check_with_document(response: httpx.Response) -> None:
    """Assert that the OpenAPI document has the route and that the answer is of its schema."""
    request = response.request
    for path, operations in DOCUMENT["paths"].items():
        pattern = re.sub(r"\{[^}]+\}", "[^/]+", path)
        if re.fullmatch(pattern, request.url.path) and request.method.lower() in operations:
            answer = operations[request.method.lower()]["responses"][str(response.status_code)]
            if response.content:
                schema = answer["content"]["application/json"]["schema"]
                jsonschema.validate(
                    response.json(), schema | {"components": DOCUMENT["components"]}
                )
            return
    raise AssertionError(f"{request.method} {request.url.path} is not documented")


async def test_a_write_whose_answer_is_lost_happens_once(account: Account) -> None:
    transport = UnreliableTransport()
    transport.faults = [httpx.ReadError("lost"), httpx.RemoteProtocolError("lost")]
    async with account.client(transport) as client:
        await client.todos.add(title="Book", list_id=account.list_id)
        todos = [todo async for todo in client.todos.find(list_id=account.list_id)]

    keys = {request.headers.get("Idempotency-Key") for request in transport.sent[:3]}
    assert [todo["title"] for todo in todos] == ["Book"]
    assert len(keys) == 1
    assert transport.answers[0].headers["Idempotency-Replayed"] == "true"


async def test_two_writes_have_different_keys(account: Account) -> None:
    transport = UnreliableTransport()
    async with account.client(transport) as client:
        for _ in range(2):
            await client.todos.add(title="Book", list_id=account.list_id)

    assert len({request.headers["Idempotency-Key"] for request in transport.sent}) == 2


async def test_a_refusal_for_now_is_repeated_after_retry_after(account: Account) -> None:
    transport = UnreliableTransport()
    transport.faults = [problem(429, "rate_limited", retry_after="2")]
    began_at = time.monotonic()
    async with account.client(transport) as client:
        await client.lists.all()

    assert len(transport.sent) == 2
    assert time.monotonic() - began_at >= 2


async def test_a_retry_after_beyond_the_time_limit_is_not_waited_for(account: Account) -> None:
    transport = UnreliableTransport()
    transport.faults = [problem(429, "rate_limited", retry_after="3600")]
    async with account.client(transport) as client:
        with pytest.raises(RateLimited) as caught:
            await client.lists.all()

    assert caught.value.retry_after == 3600
    assert len(transport.sent) == 1


async def test_the_attempts_are_bounded(account: Account) -> None:
    transport = UnreliableTransport()
    transport.faults = [httpx.ReadError("lost")] * 9
    async with account.client(transport, IMPATIENT) as client:
        with pytest.raises(Unreachable):
            await client.lists.all()

    assert len(transport.sent) == 2


async def test_a_server_that_is_not_there_is_an_error_in_one_sentence() -> None:
    async with Client(f"http://127.0.0.1:{free_port()}", "llt_x", limits=IMPATIENT) as client:
        with pytest.raises(Unreachable, match=r"^127.0.0.1 cannot be reached.$"):
            await client.lists.all()


async def test_problems_are_exceptions_with_their_code(account: Account) -> None:
    reading = await insert_api_token(account.resources, account.actor, TokenScope.READ)
    async with account.client() as client:
        with pytest.raises(NotFound) as missing:
            await client.todos.get("0" * 26)
        with pytest.raises(Invalid) as invalid:
            await client.todos.add(title="", list_id=account.list_id)
    async with Client(account.server.url, reading.text) as client:
        with pytest.raises(Forbidden) as forbidden:
            await client.todos.add(title="Book")
    async with Client(account.server.url, "llt_wrong") as client:
        with pytest.raises(NotSignedIn) as stranger:
            await client.lists.all()

    codes = [caught.value.code for caught in (missing, invalid, forbidden, stranger)]
    assert codes == ["not_found", "invalid", "insufficient_scope", "unauthenticated"]
    assert invalid.value.problem.get("errors", [])[0]["field"] == "title"


class RenewableToken:
    """Credentials of which the first token is refused."""

    def __init__(self, *tokens: str) -> None:
        self.tokens = [*tokens]

    @property
    def token(self) -> str:
        return self.tokens[0]

    async def renew(self) -> bool:
        self.tokens.pop(0)
        return True


async def test_a_refused_token_is_renewed_once(account: Account) -> None:
    credentials = RenewableToken("llt_old", account.token.text)
    async with Client(account.server.url, credentials=credentials) as client:
        assert await client.lists.all()

    credentials = RenewableToken("llt_old", "llt_older", account.token.text)
    async with Client(account.server.url, credentials=credentials) as client:
        with pytest.raises(NotSignedIn):
            await client.lists.all()


async def test_an_answer_that_is_not_of_livelist_is_an_error_in_one_sentence(
    account: Account,
) -> None:
    transport = UnreliableTransport()
    transport.faults = [httpx.Response(418, text="<html>"), httpx.Response(200, text="<html>")]
    async with account.client(transport) as client:
        with pytest.raises(LivelistError, match="HTTP status 418"):
            await client.lists.all()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("7", 7.0), ("", None), ("soon", None), ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0)],
)
def test_retry_after_is_seconds_or_a_date(text: str, seconds: float | None) -> None:
    assert parse_retry_after(text) == seconds


@pytest.mark.parametrize("url", ["todo.example.org", "ftp://todo.example.org", "https://"])
def test_an_address_without_scheme_or_host_is_refused(url: str) -> None:
    with pytest.raises(LivelistError):
        Client(url, "llt_x")


def problem(status: int, code: str, *, retry_after: str) -> httpx.Response:
    body = {"title": "", "status": status, "code": code, "detail": "Too many requests."}
    return httpx.Response(status, json=body, headers={"Retry-After": retry_after})
