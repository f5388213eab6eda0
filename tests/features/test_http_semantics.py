"""Methods, conditions and forms of answers as RFC 9110 has them, on every route.

The requests are made from the OpenAPI document.
"""

from typing import Any
from urllib.parse import quote

import httpx
import pytest
import pytest_asyncio

from shared.settings import Settings
from tests.support.features.permissions import QUERIES, ROUTES, PermissionScenario, filled
from tests.support.features.wrong_input import operations
from tests.support.openapi_document import DOCUMENT
from tests.support.world_builder import World

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

# They differ between two answers to the same request.
_VARYING = {"x-request-id", "server-timing", "date"}
# Their answers say how long ago something was, with more digits at one time than at another.
_DEPENDING_ON_NOW = ("/metrics", "/api/v1/admin/jobs", "/api/v1/admin/site")


@pytest_asyncio.fixture
async def scenario(
    client: httpx.AsyncClient, world: World, settings: Settings
) -> PermissionScenario:
    built = PermissionScenario(client, world, settings)
    await built.build()
    return built


def addresses(scenario: PermissionScenario, method: str) -> list[str]:
    """Return the address of each route that has `method`, outside /api/v1 too."""
    paths = [path for path, methods in DOCUMENT["paths"].items() if method.lower() in methods]
    return [
        path.format_map(scenario.ids) + QUERIES.get(f"GET {path.removeprefix('/api/v1')}", "")
        for path in paths
    ]


def headers_of(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name not in _VARYING}


async def test_head_is_get_without_the_body(scenario: PermissionScenario) -> None:
    client, own = scenario.client, scenario.headers("admin")
    pages = ["/", "/lists/abc", "/dev/mail", "/docs", "/web/index.html", "/service_worker.js"]
    for path in [*addresses(scenario, "get"), *pages]:
        sent = own | {"Accept": "text/html, */*", "Accept-Encoding": "gzip"}
        async with client.stream("GET", path, headers=sent) as answer:
            raw = b"".join([part async for part in answer.aiter_raw()])
        head = await client.head(path, headers=sent)

        assert (head.status_code, head.content) == (answer.status_code, b""), path
        if path in _DEPENDING_ON_NOW:
            assert int(head.headers["content-length"]) > 0, path
        else:
            assert headers_of(head) == headers_of(answer), path
            # An export is sent as it is read, without a length.
            is_export = path.endswith("export") and answer.status_code == 200
            expected = None if is_export else str(len(raw))
            assert head.headers.get("content-length") == expected, path


async def test_head_of_a_live_stream_ends(scenario: PermissionScenario) -> None:
    sent = scenario.headers("owner") | {"Accept": "text/event-stream"}

    for _ in range(12):
        answer = await scenario.client.head("/api/v1/users/me/events", headers=sent)

        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["content-type"].startswith("text/event-stream")


async def test_allow_names_every_method(scenario: PermissionScenario) -> None:
    for path, methods in DOCUMENT["paths"].items():
        address = path.format_map(scenario.ids | {"name": "x"})
        expected = {method.upper() for method in methods} | {"OPTIONS"}
        expected |= {"HEAD"} if "get" in methods else set()

        options = await scenario.client.options(address)
        refused = await scenario.client.request("TRACE", address)

        assert (options.status_code, refused.status_code) == (204, 405), path
        for answer in (options, refused):
            allowed = set(answer.headers["allow"].split(", "))
            # Of /users/me and /users/{user_id} the address of the first has the methods of both.
            assert expected <= allowed, path
            assert ("accept-patch" in answer.headers) == ("PATCH" in allowed), path


@pytest.mark.parametrize(
    "path", ["/", "/lists/abc", "/web/index.html", "/service_worker.js", "/docs", "/dev/mail"]
)
async def test_pages_and_files_can_be_read_only(client: httpx.AsyncClient, path: str) -> None:
    accept = {"Accept": "text/html"}

    options = await client.options(path, headers=accept)
    refused = await client.post(path, headers=accept)

    assert (options.status_code, refused.status_code) == (204, 405)
    for answer in (options, refused):
        # Calendar apps ask at the address of the site for their own.
        more = ", PROPFIND" if path == "/" else ""
        assert answer.headers["allow"] == f"GET, HEAD, OPTIONS{more}"


async def test_a_slash_at_the_end_is_redirected(scenario: PermissionScenario) -> None:
    for path, methods in DOCUMENT["paths"].items():
        address = path.format_map(scenario.ids)
        for method in methods:
            answer = await scenario.client.request(method, f"{address}/?a=%20b")

            assert answer.status_code == 308, path
            # The emoji of a reaction is escaped, as in every header.
            assert answer.headers["location"] == f"{quote(address)}?a=%20b"


@pytest.mark.parametrize(
    "path", ["//evil.example/", "/api/v1//", "/api/v1/nothing/", "/api/v1/", "/api/v1/lists%2F"]
)
async def test_a_path_that_does_not_exist_is_not_redirected(
    client: httpx.AsyncClient, path: str
) -> None:
    answer = await client.get(httpx.URL(f"http://localhost:8000{path}"))

    assert answer.status_code == 404


async def test_the_lines_of_a_repeated_header_are_one_list(scenario: PermissionScenario) -> None:
    path = "/api/v1/todos/{todo_id}".format_map(scenario.ids)
    own = list(scenario.headers("owner").items())
    read = await scenario.client.get(
        path, headers=[*own, ("Accept", "text/html"), ("Accept", "application/json")]
    )

    tags = [("If-Match", '"77"'), ("If-Match", read.headers["etag"])]
    edited = await scenario.client.patch(path, headers=[*own, *tags], json={"title": "New"})

    assert (read.status_code, edited.status_code) == (200, 200)


# RFC 9110, 15.4.5, without Date and ETag.
REPEATED_BY_304 = ("cache-control", "content-location", "expires", "vary")


async def test_every_etag_is_known_again(scenario: PermissionScenario) -> None:
    # Origin: an answer to another site varies by it too.
    own, tagged = scenario.headers("owner") | {"Origin": "https://example.org"}, []
    scenario.ids["user_id"] = scenario.users["owner"].user_id
    for path in [*addresses(scenario, "get"), "/", "/web/index.html", "/service_worker.js"]:
        answer = await scenario.client.get(path, headers=own)
        etag = answer.headers.get("etag")
        if etag is None:
            continue
        tagged.append(path)
        opaque = etag.removeprefix("W/")
        for known in (etag, f"W/{opaque}", "*", f'"other" , , W/{opaque},"x"', f'"a,b",{opaque}'):
            again = await scenario.client.get(path, headers=own | {"If-None-Match": known})
            assert (again.status_code, again.content) == (304, b""), (path, known)
            # The tag that the client has, or that of the answer without a content coding.
            assert opaque.strip('"').startswith(
                again.headers["etag"].removeprefix("W/").strip('"').removesuffix("-gzip")
            )
            repeated = [
                {name: each.headers.get(name) for name in REPEATED_BY_304}
                for each in (answer, again)
            ]
            assert repeated[0] == repeated[1], (path, known)
            assert "Accept-Encoding" in again.headers["vary"], (path, known)
        for unknown in ('"other"', opaque.strip('"'), f'"{opaque.strip(chr(34))}x"', "W/", '"*"'):
            again = await scenario.client.get(path, headers=own | {"If-None-Match": unknown})
            assert again.status_code == 200, (path, unknown)

    assert len(tagged) >= 6
    documented = {
        path.format_map(scenario.ids)
        for path, methods in DOCUMENT["paths"].items()
        if "304" in methods.get("get", {}).get("responses", {})
    }
    assert documented == {path for path in tagged if path.startswith("/api/")}


async def test_the_tag_of_a_compressed_answer_is_another_one_and_is_known_too(
    scenario: PermissionScenario,
) -> None:
    own, path = scenario.headers("owner"), f"/api/v1/todos/{scenario.ids['todo_id']}"
    await scenario.client.patch(path, headers=own, json={"description": "word " * 1000})
    plain = await scenario.client.get(path, headers=own | {"Accept-Encoding": "identity"})
    packed = await scenario.client.get(path, headers=own | {"Accept-Encoding": "gzip"})

    again = await scenario.client.get(path, headers=own | {"If-None-Match": packed.headers["etag"]})
    edited = await scenario.client.patch(
        path, headers=own | {"If-Match": packed.headers["etag"]}, json={"title": "New"}
    )

    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["etag"] != plain.headers["etag"]
    assert (again.status_code, again.headers["etag"]) == (304, packed.headers["etag"])
    assert edited.status_code == 200


EDITS = {route: body for route, body in ROUTES.items() if route.startswith("PATCH ")}


async def test_if_match_takes_lists_and_compares_strongly(scenario: PermissionScenario) -> None:
    checked = 0
    for route, operation in operations():
        names = {parameter["name"] for parameter in operation.get("parameters", ())}
        if "If-Match" not in names or not route.startswith("PATCH"):
            continue
        path = "/api/v1" + route.split()[1].format_map(scenario.ids)
        body = filled(ROUTES[route], scenario.ids)
        own = scenario.headers("admin" if "/users/{" in route else "owner")

        async def edit(tags: str, path: str = path, body: Any = body, own: Any = own) -> int:
            sent = own | {"If-Match": tags}
            return (await scenario.client.patch(path, headers=sent, json=body)).status_code

        etag = (await scenario.client.get(path, headers=own)).headers["etag"]
        refused = [f"W/{etag}", '"77"', 'W/"1", "x"', '"77","78"', '""', f'"x{etag[1:]}']
        unreadable = [etag.strip('"'), f"{etag} {etag}", "", '"1', "W/1", f"{etag};"]
        assert [await edit(tags) for tags in refused] == [412] * len(refused), route
        assert [await edit(tags) for tags in unreadable] == [422] * len(unreadable), route
        assert await edit(f'"77" , {etag},, W/"5"') == 200, route
        assert await edit("*") == 200, route
        checked += 1

    assert checked >= 4


@pytest.mark.parametrize("route", sorted(EDITS))
async def test_every_patch_takes_a_merge_patch(scenario: PermissionScenario, route: str) -> None:
    path = "/api/v1" + route.split()[1].format_map(scenario.ids)
    body, own = filled(EDITS[route], scenario.ids), scenario.headers("owner")
    sent = own | {"Content-Type": "application/merge-patch+json"}

    expected = await scenario.client.patch(path, headers=own, json=body)
    answer = await scenario.client.patch(path, headers=sent, json=body)
    refused = await scenario.client.patch(
        path, headers=own | {"Content-Type": "application/json-patch+json"}, json=body
    )

    assert answer.status_code == expected.status_code != 415
    assert refused.status_code == 415
    assert "application/merge-patch+json" in refused.headers["accept-patch"]
    assert refused.headers["accept"] == refused.headers["accept-patch"]


async def test_other_methods_take_no_merge_patch(scenario: PermissionScenario) -> None:
    sent = scenario.headers("owner") | {"Content-Type": "application/merge-patch+json"}

    answer = await scenario.client.post("/api/v1/lists", headers=sent, json={"name": "New"})

    assert (answer.status_code, answer.headers["accept"]) == (415, "application/json")


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", "application/json"), ("*/*", "application/json"),
        ("text/event-stream", "text/event-stream"), ("TEXT/*", "text/event-stream"),
        ("text/event-stream;q=0", None), ("text/event-stream;q=0, */*", "application/json"),
        ("text/event-stream;q=0.5, application/json", "application/json"),
        ("application/json;q=0.5, text/event-stream;q=0.7", "text/event-stream"),
        ("text/event-stream, */*", "text/event-stream"), ("*/*;q=0", None), ("text/csv", None),
        ("application/json;charset=utf-8", "application/json"),
    ],
)  # fmt: skip
async def test_accept_chooses_the_form_of_events(
    scenario: PermissionScenario, accept: str, kind: str | None
) -> None:
    sent = scenario.headers("owner") | {"Accept": accept}

    answer = await scenario.client.head("/api/v1/users/me/events?epoch=x&since=0", headers=sent)

    if kind is None:
        assert answer.status_code == 406
    elif kind == "application/json":
        assert answer.status_code == 409  # that position is not available as JSON
    else:
        assert answer.headers["content-type"].startswith(kind)


FORM_ROUTES = ("/mail/unsubscribe", "/auth/token", "/auth/oidc/{provider}/backchannel-logout")


async def test_no_route_answers_in_a_form_that_is_not_accepted(
    scenario: PermissionScenario,
) -> None:
    for route, _ in operations():
        method, path = route.split()
        sent = scenario.headers("owner") | {"Accept": "application/json;q=0, text/x-none"}
        body = filled(ROUTES[route], scenario.ids)
        # They take forms: of mail programs, OAuth clients and identity providers.
        if path in FORM_ROUTES:
            continue
        answer = await scenario.client.request(
            method, "/api/v1" + path.format_map(scenario.ids), headers=sent, json=body
        )

        assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable"), route


@pytest.mark.parametrize(
    ("accept", "is_page"),
    [("text/html", True), ("text/html;q=0", False), ("text/html;q=0, */*", False), ("*/*", False)],
)
async def test_a_deep_link_is_a_page_for_who_accepts_pages(
    client: httpx.AsyncClient, accept: str, is_page: bool
) -> None:
    answer = await client.get("/lists/abc", headers={"Accept": accept})

    assert (answer.status_code == 200) == is_page


@pytest.mark.parametrize(
    ("accepted", "is_packed"),
    [("gzip", True), ("gzip;q=0", False), ("gzip;q=0, *", False), ("*", True), ("x-gzip-2", False)],
)
async def test_the_weights_of_codings_count(
    scenario: PermissionScenario, accepted: str, is_packed: bool
) -> None:
    sent = scenario.headers("owner") | {"Accept-Encoding": accepted}

    answer = await scenario.client.get("/api/v1/users/me/snapshot", headers=sent)

    assert (answer.headers.get("content-encoding") == "gzip") == is_packed


async def test_a_user_reads_the_own_account_by_its_id(scenario: PermissionScenario) -> None:
    own = scenario.users["viewer"].user_id

    answer = await scenario.client.get(f"/api/v1/users/{own}", headers=scenario.headers("viewer"))

    assert (answer.status_code, answer.json()["id"]) == (200, own)
