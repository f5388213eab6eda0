"""CalDAV: addresses of others, hostile XML, methods that are none, and credentials at the wrong place.

What is of others gets the answer for what does not exist, and nothing in the database changes.
"""

from base64 import b64encode
from collections.abc import Iterator
from typing import NamedTuple

import httpx

from shared.ids import new_id
from tests.attack.foreign_ids import digests
from tests.support.attack.tally import Tally
from tests.support.attack.target import Target
from tests.support.attack.xml_cases import HOSTILE
from tests.support.caldav_client import basic, vtodo, xml
from tests.support.features.permissions import PermissionScenario

CALLERS = ("write_token", "list_token", "read_token")
WITH_XML = ("PROPFIND", "REPORT", "PROPPATCH", "MKCALENDAR", "MKCOL")
NO_METHODS = (
    "POST",
    "PATCH",
    "LOCK",
    "UNLOCK",
    "COPY",
    "ACL",
    "BIND",
    "SEARCH",
    "TRACE",
    "MKCALENDARX",
)
MULTIGET = (
    "<C:calendar-multiget><D:prop><D:getetag/><C:calendar-data/></D:prop>"
    "<D:href>{}</D:href></C:calendar-multiget>"
)
EDIT = (
    "<D:propertyupdate><D:set><D:prop><D:displayname>Taken</D:displayname></D:prop></D:set>"
    "</D:propertyupdate>"
)
PREFIX = "/caldav/{}/lists/"


# A worker changes those of jobs and webhooks meanwhile.
TABLES = (
    "lists", "members", "todos", "labels", "calendar_objects", "calendar_preferences", "reminders", "streams",
    "events",
)  # fmt: skip


class Request(NamedTuple):
    method: str
    path: str
    body: str | bytes = ""
    destination: str = ""


async def run(target: Target, tally: Tally) -> None:
    ours, theirs = [
        PermissionScenario(target.client, target.world, target.settings) for _ in range(2)
    ]
    for scenario in (ours, theirs):
        await scenario.build()
    before = await digests(target)
    await _try_foreign(target, tally, ours, theirs)
    await _try_xml(target, tally, ours)
    await _try_methods(target, tally, ours)
    await _try_credentials(target, tally, ours)
    after = await digests(target)
    with tally.attempt("nothing of this changes anything"):
        changed = [name for name in TABLES if before[name] != after[name]]
        assert not changed, changed


def _home(scenario: PermissionScenario) -> str:
    return PREFIX.format(scenario.users["owner"].user_id)


def _foreign(ours: PermissionScenario, user_id: str, list_id: str, todo: str) -> Iterator[Request]:
    """Yield requests for a list and a todo, at addresses of their user and of ours."""
    own = f"{_home(ours)}{ours.ids['list_id']}/"
    text = vtodo("UID:taken", "SUMMARY:Taken")
    for home in (PREFIX.format(user_id), _home(ours)):
        listed = f"{home}{list_id}/"
        yield Request("PROPFIND", listed)
        yield Request("REPORT", listed, xml(MULTIGET.format(f"{listed}{todo}.ics")))
        yield Request("PROPPATCH", listed, xml(EDIT))
        yield Request("DELETE", listed)
        for method, body in (("GET", ""), ("PROPFIND", ""), ("PUT", text), ("DELETE", "")):
            yield Request(method, f"{listed}{todo}.ics", body)
        yield Request("MOVE", f"{listed}{todo}.ics", "", f"{own}{todo}.ics")
    mine = f"{ours.ids['todo_id']}.ics"
    yield Request("MOVE", f"{own}{mine}", "", f"{_home(ours)}{list_id}/{mine}")
    yield Request("DELETE", f"{own}{todo}.ics")
    yield Request("GET", f"{own}%2e%2e%2f{list_id}%2f{todo}.ics")


async def _try_foreign(
    target: Target, tally: Tally, ours: PermissionScenario, theirs: PermissionScenario
) -> None:
    user_id = theirs.users["owner"].user_id
    foreign = list(_foreign(ours, user_id, theirs.ids["list_id"], theirs.ids["todo_id"]))
    unknown = list(_foreign(ours, new_id(), new_id(), new_id()))
    for caller in CALLERS:
        headers = basic(ours.tokens[caller].text)
        for of_others, of_nobody in zip(foreign, unknown, strict=True):
            with tally.attempt(f"{caller} {of_others.method} {of_others.path}"):
                answer = await _send(target, of_others, headers)
                same = await _send(target, of_nobody, headers)
                tally.refused += answer.status_code in (403, 404)
                assert answer.status_code in (403, 404), f"{answer.status_code} {answer.text[:200]}"
                assert same.status_code == answer.status_code, (
                    f"{same.status_code} for an unknown id"
                )
                assert len(same.content) == len(answer.content), same.text[:300]
        # In a list that the caller reads, each address is answered for itself.
        for todo in (theirs.ids["todo_id"], new_id()):
            with tally.attempt(f"{caller} multiget in a list of its own"):
                address = f"{PREFIX.format(user_id)}{theirs.ids['list_id']}/{todo}.ics"
                own = f"{_home(ours)}{ours.ids['list_id']}/"
                multiget = Request("REPORT", own, xml(MULTIGET.format(address)))
                answer = await _send(target, multiget, headers)
                assert answer.status_code == 207, f"{answer.status_code} {answer.text[:200]}"
                assert "404 Not Found" in answer.text, answer.text[:200]
                assert "VTODO" not in answer.text, "it answers with a todo of others"


async def _try_xml(target: Target, tally: Tally, ours: PermissionScenario) -> None:
    headers = basic(ours.tokens["write_token"].text)
    for name, body in HOSTILE.items():
        if not body:
            # That is a request for all properties.
            continue
        methods = [target.random.choice(WITH_XML)] if target.is_quick else WITH_XML
        for method in methods:
            place = f"new-{new_id()}" if method.startswith("MK") else ours.ids["list_id"]
            with tally.attempt(f"{method} {name}"):
                answer = await _send(target, Request(method, _home(ours) + place, body), headers)
                tally.refused += answer.status_code in (400, 413)
                assert answer.status_code in (400, 413), f"{answer.status_code} {answer.text[:200]}"
                assert "root:" not in answer.text, "it answers with a file of the server"


async def _try_methods(target: Target, tally: Tally, ours: PermissionScenario) -> None:
    headers = basic(ours.tokens["write_token"].text)
    listed = f"{_home(ours)}{ours.ids['list_id']}/"
    for path in ("/caldav/", _home(ours), listed, f"{listed}{ours.ids['todo_id']}.ics"):
        for method in NO_METHODS:
            with tally.attempt(f"{method} {path}"):
                answer = await _send(target, Request(method, path), headers)
                tally.refused += answer.status_code in (400, 405, 501)
                assert answer.status_code in (400, 405, 501), f"{answer.status_code}"


def _credentials(ours: PermissionScenario) -> Iterator[tuple[str, dict[str, str]]]:
    token = ours.tokens["write_token"].text
    session = ours.headers("owner")["Authorization"].removeprefix("Bearer ")

    def encoded(text: str) -> dict[str, str]:
        return {"Authorization": "Basic " + b64encode(text.encode()).decode()}

    yield "nothing", {}
    yield "a token as Bearer", ours.tokens["write_token"].headers
    yield "a session as Bearer", ours.headers("owner")
    yield "a session as the password", basic(session)
    yield "a token as the user name", encoded(f"{token}:")
    yield "a token without a user name and colon", encoded(token)
    yield "a token and more", basic(f"{token}x")
    yield "a token with a NUL", basic(f"{token}\0")
    yield "an expired token", basic(ours.tokens["expired_token"].text)
    yield "a revoked token", basic(ours.tokens["revoked_token"].text)
    guest = ours.guests["guest_editor"].headers["Authorization"].removeprefix("Bearer ")
    yield "a guest", basic(guest)
    yield "two of them", {"Authorization": f"{basic(token)['Authorization']}, Bearer {session}"}
    yield "no base 64", {"Authorization": "Basic ====="}


async def _try_credentials(target: Target, tally: Tally, ours: PermissionScenario) -> None:
    listed = f"{_home(ours)}{ours.ids['list_id']}/"
    for name, headers in _credentials(ours):
        for method in ("PROPFIND", "REPORT", "DELETE"):
            with tally.attempt(f"{method} with {name}"):
                answer = await _send(target, Request(method, listed), headers)
                tally.refused += answer.status_code == 401
                assert answer.status_code == 401, f"{answer.status_code} {answer.text[:200]}"
                assert answer.headers["www-authenticate"].startswith("Basic "), "no challenge"


async def _send(target: Target, request: Request, headers: dict[str, str]) -> httpx.Response:
    sent = headers | {"Depth": "0"}
    if request.destination:
        sent["Destination"] = request.destination
    if request.method == "PUT":
        sent["Content-Type"] = "text/calendar"
    answer = await target.client.request(
        request.method, request.path, content=request.body, headers=sent
    )
    target.record("owner", f"{request.method} {request.path}", answer.text)
    return answer
