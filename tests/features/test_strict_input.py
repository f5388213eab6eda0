"""Every parameter and every field of a body has one spelling, and no error repeats what was sent.

The requests are made from the OpenAPI document: a new route or field is tested without a new test.
"""

import logging
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import pytest_asyncio

from shared.contract.input.strict_json import MAX_SAFE_INTEGER
from shared.ids import new_id
from shared.logs import JsonFormatter
from shared.settings import Settings
from tests.support.features.permissions import API, QUERIES, PermissionScenario, filled
from tests.support.features.wrong_input import (
    CANARY,
    NOT_FLAGS,
    NOT_INTEGERS,
    NOT_QUERY_FLAGS,
    NOT_QUERY_INTEGERS,
    Field,
    body_fields,
    body_objects,
    body_of,
    operations,
    query_fields,
    with_value,
)
from tests.support.world_builder import World

# What is refused here never reaches a statement, so one kind of database is enough.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class Sender:
    """Sends requests of an owner who is an admin too, so that only the input can be refused."""

    def __init__(self, scenario: PermissionScenario) -> None:
        self.scenario = scenario

    async def send(
        self, route: str, *, body: Any = None, query: str = "", caller: str = "owner",
        headers: dict[str, str] | None = None, path: str = "",
    ) -> httpx.Response:  # fmt: skip
        method, template = route.split()
        path = path or template.format_map(self.scenario.ids)
        headers = self.scenario.headers(caller) | (headers or {})
        client, address = self.scenario.client, f"{API}{path}{query}"
        return await client.request(method, address, json=body, headers=headers)

    def body(self, route: str) -> Any:
        return filled(body_of(route), self.scenario.ids)

    async def send_field(self, field: Field, value: Any) -> httpx.Response:
        body = with_value(self.body(field.route), field.path, value)
        return await self.send(field.route, body=body, query=QUERIES.get(field.route, ""))

    async def send_query(self, field: Field, text: str) -> httpx.Response:
        given = QUERIES.get(field.route, "")
        query = f"{given}{'&' if given else '?'}{field.path[0]}={quote(text)}"
        return await self.send(field.route, query=query)


REFUSED_EARLIER = {
    "POST /auth/oidc/{provider}/start",
    "POST /auth/oidc/{provider}/finish",
    "POST /auth/oidc/{provider}/backchannel-logout",
    "GET /users/me/deletion",
    "POST /users/me/deletion",
    "DELETE /users/me/deletion",
}


@pytest_asyncio.fixture
async def sender(client: httpx.AsyncClient, world: World, settings: Settings) -> Sender:
    scenario = PermissionScenario(client, world, settings)
    await scenario.build()
    return Sender(scenario)


async def test_only_true_and_false_are_booleans(sender: Sender) -> None:
    wrong = {
        **{
            f"{field}={value!r}": (await sender.send_field(field, value)).status_code
            for field in body_fields()
            for value in NOT_FLAGS
            if field.types == {"boolean"}
        },
        **{
            f"{field}={text}": (await sender.send_query(field, text)).status_code
            for field in query_fields()
            for text in NOT_QUERY_FLAGS
            if field.types == {"boolean"}
        },
    }

    assert len(wrong) > 50
    # Administration refuses the caller before it reads the body.
    read = {name: status for name, status in wrong.items() if "/admin/" not in name}
    assert {name: status for name, status in read.items() if status != 422} == {}


async def test_integers_have_one_spelling(sender: Sender) -> None:
    wrong = {
        **{
            f"{field}={value!r}": (await sender.send_field(field, value)).status_code
            for field in body_fields()
            for value in NOT_INTEGERS
            if field.types == {"integer"}
        },
        **{
            f"{field}={text}": (await sender.send_query(field, text)).status_code
            for field in query_fields()
            for text in (*NOT_QUERY_INTEGERS, str(MAX_SAFE_INTEGER + 1))
            if field.types == {"integer"}
        },
    }

    assert len(wrong) > 100
    assert {name: status for name, status in wrong.items() if status != 422} == {}


async def test_integers_that_lose_digits_in_javascript_are_refused(sender: Sender) -> None:
    body = sender.body("POST /todos")

    for number in (MAX_SAFE_INTEGER, -MAX_SAFE_INTEGER):
        answer = await sender.send("POST /todos", body=body | {"metadata": {"n": number}})
        assert answer.status_code == 201
        assert answer.json()["metadata"] == {"n": number}
    for number in (MAX_SAFE_INTEGER + 1, -MAX_SAFE_INTEGER - 1, -(2**63)):
        answer = await sender.send("POST /todos", body=body | {"metadata": {"n": number}})
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_json")
    answer = await sender.send("POST /todos", body=body | {"metadata": {"n": 1e16}})
    assert answer.status_code == 422


async def test_an_unknown_parameter_is_refused_on_every_route(sender: Sender) -> None:
    accepted = {}
    for route, _ in operations():
        given = QUERIES.get(route, "?").rstrip("?")
        query = f"{given}{'&' if given else '?'}sise=1"
        answer = await sender.send(route, body=sender.body(route), query=query)
        fields = {error["field"] for error in answer.json().get("errors", ())}
        if answer.status_code != 422 or "sise" not in fields:
            accepted[route] = answer.status_code

    # They are refused before their parameters are read: 415 as this body is no form, the others as
    # the site has no identity provider, and as the account of the caller is not being deleted.
    early = {route for route, status in accepted.items() if status == 415} | REFUSED_EARLIER
    assert set(accepted) - early == set()


async def test_a_repeated_parameter_is_refused_where_one_value_is_expected(sender: Sender) -> None:
    accepted, refused = {}, 0
    for field in query_fields():
        [name] = field.path
        given = QUERIES.get(field.route, "")
        # Ids: other texts are not found where an id is expected.
        query = f"{given}{'&' if given else '?'}{name}={new_id()}&{name}={new_id()}"
        answer = await sender.send(field.route, query=query)
        codes = {error["field"]: error["code"] for error in answer.json().get("errors", ())}
        if field.types == {"array"}:
            assert codes.get(name) != "repeated", field
            continue
        refused += 1
        if answer.status_code != 422 or codes.get(name) != "repeated":
            accepted[str(field)] = answer.text

    assert accepted == {}
    assert refused > 30


async def test_a_list_of_values_may_be_repeated(sender: Sender) -> None:
    query = "?status=pending&status=completed&priority=1&priority=2"

    answer = await sender.send("GET /todos", query=query)

    assert answer.status_code == 200


async def test_a_repeated_field_of_a_form_is_refused(sender: Sender) -> None:
    form = "grant_type=password&username=ana@example.org&username=ben@example.org&password=x"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}

    answer = await sender.scenario.client.post(f"{API}/auth/token", content=form, headers=headers)

    [error] = answer.json()["errors"]
    assert (answer.status_code, error["field"], error["code"]) == (422, "username", "repeated")


async def test_an_unknown_field_is_refused_in_every_object(sender: Sender) -> None:
    answers = {
        str(field): await sender.send_field(Field(field.route, (*field.path, "sise"), {}), 1)
        for field in body_objects()
    }

    assert len(answers) > 25
    read = {name: answer for name, answer in answers.items() if name.strip() not in REFUSED_EARLIER}
    assert {name: answer.text for name, answer in read.items() if answer.status_code != 422} == {}


async def test_no_error_and_no_log_line_repeats_what_was_sent(
    sender: Sender, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    answers: dict[str, httpx.Response] = {}
    for value in (CANARY, f"{CANARY}@example", [CANARY], {CANARY[:6]: CANARY}):
        for field in body_fields():
            answers[f"{field}={value}"] = await sender.send_field(field, value)
    for field in query_fields():
        for text in (CANARY, f"1 {CANARY}", f"2026-01-01T{CANARY}"):
            answers[f"{field}={text}"] = await sender.send_query(field, text)
    for route, operation in operations():
        for parameter in operation.get("parameters", ()):
            if parameter["in"] == "header":
                name = f"{route} {parameter['name']}"
                answers[name] = await sender.send(
                    route, body=sender.body(route), headers={parameter["name"]: CANARY}
                )
        headers = {"Authorization": f"Bearer {CANARY}"}
        answers[f"{route} token"] = await sender.send(
            route, body=sender.body(route), headers=headers
        )

    errors = {name: answer.text for name, answer in answers.items() if answer.status_code >= 400}
    assert len(errors) > 300
    assert {name: text for name, text in errors.items() if CANARY in text} == {}
    # httpx is the client, and logs the addresses that it calls.
    records = [record for record in caplog.records if not record.name.startswith("httpx")]
    lines = [JsonFormatter().format(record) for record in records]
    assert [line for line in lines if CANARY in line] == []


async def test_no_error_repeats_the_path(sender: Sender) -> None:
    for route, _ in operations():
        method, path = route.split()
        while "{" in path:
            before, _, rest = path.partition("{")
            path = f"{before}{CANARY}{rest.partition('}')[2]}"

        answer = await sender.send(route, body=sender.body(route), path=path)

        assert CANARY not in answer.text or answer.status_code < 400, (method, path)
