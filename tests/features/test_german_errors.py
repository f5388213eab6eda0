"""No sentence of an error is English for a client that accepts German."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from api.http.input_checks import MAX_BODY_BYTES
from shared.contract.base import Body
from shared.contract.input.validation_messages import rule_of
from shared.errors import DomainError
from shared.languages.texts import translator
from shared.settings import Settings
from tests.support.english_words import is_english
from tests.support.features.permissions import API, PermissionScenario
from tests.support.world_builder import World

JSON = {"content-type": "application/json"}
# Of each field something too long, too short, too large, of another type, and of another form.
WRONG: tuple[Any, ...] = (
    None, True, 7, -1, 1.5, 10**30, "", "x", "x" * 100_000, "2026-99-99", [], ["x"] * 5000, [7],
    [{}], {}, {"x": 1}, {"at": "x"}, {"date": "x"},
)  # fmt: skip
BAD_JSON = (
    b"{", b"\xff", b'{"a": NaN}', b'{"a": 1e400}', b'{"a": 1, "a": 2}', b'{"a": "\\u0000"}',
    b'{"a": "\\ud800"}', b'{"a": 9007199254740992}', b"[" * 30 + b"]" * 30,
    b"{" + b",".join(b'"%d": 1' % number for number in range(2501)) + b"}",
)  # fmt: skip


def bodies(base: type[Body] = Body) -> Iterator[type[Body]]:
    for body in base.__subclasses__():
        yield body
        yield from bodies(body)


def sentences(answer: httpx.Response) -> list[str]:
    problem = answer.json()
    return [
        problem["title"],
        problem["detail"],
        *(each["message"] for each in problem.get("errors", ())),
    ]


@dataclass
class Refusal:
    """A request that is refused, and with which status."""

    status: int
    route: str
    caller: str = "owner"
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    body: Any = None

    def __str__(self) -> str:
        return f"{self.status} {self.route} {self.caller} {dict(self.headers)} {self.body}"


REFUSALS = (
    Refusal(401, "GET /users/me", "nobody"),
    Refusal(403, "PATCH /lists/{list_id}", "viewer", body={"name": "Trip"}),
    Refusal(404, "GET /lists/{list_id}", "other_owner"),
    Refusal(404, "GET /nothing"),
    Refusal(405, "DELETE /search"),
    Refusal(406, "GET /users/me", headers={"accept": "image/png"}),
    Refusal(409, "POST /lists/{list_id}/labels", body={"name": "Shop"}),
    Refusal(412, "PATCH /todos/{todo_id}", headers={"if-match": '"999"'}, body={"title": "Eggs"}),
    Refusal(413, "POST /todos", headers=JSON, content=b" " * (MAX_BODY_BYTES + 1)),
    Refusal(415, "POST /todos", headers={"content-type": "text/plain"}, content=b"x"),
    Refusal(415, "POST /todos", headers=JSON | {"content-encoding": "gzip"}, content=b"x"),
    Refusal(415, "POST /imports?file_name=a.csv", headers=JSON, content=b"x"),
    Refusal(400, "GET /lists/%00"),
    Refusal(400, "GET /lists/%ff"),
    *(Refusal(400, "POST /todos", headers=JSON, content=content) for content in BAD_JSON),
    Refusal(422, "POST /todos", headers=JSON, content=b"[]"),
    Refusal(422, "POST /todos", body={"title": "x" * 501, "list_id": "x", "more": 1, "priority": 9}),
    Refusal(422, "POST /todos", body={"title": [], "status": "x", "due": {"date": "x"}}),
    Refusal(422, "POST /todos", body={"title": "Milk\x07", "labels": ["x"] * 5000}),
    Refusal(422, "POST /todos", body={"title": "Milk", "repeat": {"rule": "FREQ=x"}}),
    Refusal(422, "GET /users/me/notifications?limit=1&limit=2"),
    Refusal(422, "GET /users/me/notifications?limit=x&cursor=x&more=1&unread=x"),
    Refusal(422, "GET /users/me/notifications?limit=0"),
    Refusal(422, "GET /users/me/notifications?limit=1000"),
    Refusal(422, "GET /search"),
    Refusal(422, "GET /lists/{list_id}/export?format=xml"),
    Refusal(422, "GET /todos?sort=x&filter=x"),
    Refusal(422, "PATCH /todos/{todo_id}", headers={"if-match": "x"}, body={"title": "Eggs"}),
    Refusal(422, "POST /todos", headers={"idempotency-key": "x" * 500}, body={"title": "Eggs"}),
)  # fmt: skip


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_refusals_are_said_in_german(
    client: httpx.AsyncClient, world: World, settings: Settings
) -> None:
    scenario = PermissionScenario(client, world, settings)
    await scenario.build()

    async def send(refusal: Refusal, language: str) -> httpx.Response:
        method, path = refusal.route.split()
        headers = (
            dict[str, str]() if refusal.caller == "nobody" else scenario.headers(refusal.caller)
        )
        headers |= {**refusal.headers, "accept-language": language}
        sent = {"json": refusal.body} if refusal.body is not None else {"content": refusal.content}
        address = API + path.format_map(scenario.ids)
        return await client.request(method, address, headers=headers, **sent)

    wrong: dict[str, Any] = {}
    for refusal in REFUSALS:
        german, english = await send(refusal, "de"), await send(refusal, "en")
        if (german.status_code, english.status_code) != (refusal.status, refusal.status):
            wrong[str(refusal)] = german.text
            continue
        same = set(sentences(german)) & set(sentences(english))
        if said := same | {each for each in sentences(german) if is_english(each)}:
            wrong[str(refusal)] = said
    assert wrong == {}


def test_each_rule_of_each_field_of_each_body_is_said_in_german() -> None:
    german = translator("de")
    kinds: set[str] = set()
    english: set[str] = set()
    for body, value in product(bodies(), WRONG):
        for name, described in body.model_fields.items():
            try:
                body.model_validate({described.alias or name: value, "more": 1})
            except ValidationError as error:
                kinds |= {each["type"] for each in error.errors()}
                said = [rule_of(each) for each in error.errors()]
            except DomainError as error:
                said = [error.detail]
            except TypeError:
                # Parsers of query parameters, which are texts.
                continue
            else:
                continue
            english |= {
                each for each in said if german.of(each) == each or is_english(german.of(each))
            }

    assert english == set()
    assert {
        "missing", "too_long", "too_short", "string_too_long", "string_too_short", "enum",
        "literal_error", "extra_forbidden", "string_type", "int_type", "bool_type", "list_type",
        "model_type", "greater_than_equal", "less_than_equal", "string_pattern_mismatch", "value_error",
    } <= kinds  # fmt: skip


def test_a_choice_is_said_in_both_languages() -> None:
    item = {"type": "enum", "msg": "", "ctx": {"expected": "'a', 'b' or <Kind.C: 'c'>"}}
    one = {"type": "literal_error", "msg": "", "ctx": {"expected": "<Kind.C: 'c'>"}}

    assert str(rule_of(item)) == "Input should be 'a', 'b' or 'c'"
    assert translator("de").of(rule_of(item)) == "Hier gehört 'a', 'b' oder 'c' hin"
    assert translator("de").of(rule_of(one)) == "Hier gehört 'c' hin"
