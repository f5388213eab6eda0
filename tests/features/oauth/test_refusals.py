"""Every lie about an authorization request, a code or a registration is refused (RFC 6749, RFC 9700)."""

from typing import Any

import pytest

from tests.support.features.list_builder import ListBuilder
from tests.support.features.oauth import (
    MINUTE,
    REDIRECT,
    SITE,
    Consent,
    error_of,
    parameters_of,
    stop_clock,
)

# What is changed in the exchange of a code, and the error. None leaves a field out.
EXCHANGES: dict[str, tuple[dict[str, str | None], str]] = {
    "wrong verifier": ({"code_verifier": "x" * 43}, "invalid_grant"),
    "no verifier": ({"code_verifier": None}, "invalid_request"),
    "short verifier": ({"code_verifier": "x" * 42}, "invalid_request"),
    "other redirect": ({"redirect_uri": "https://program.example/other"}, "invalid_grant"),
    "no redirect": ({"redirect_uri": None}, "invalid_request"),
    "built-in client": ({"client_id": "livelist-cli"}, "invalid_grant"),
    "unknown client": ({"client_id": "0" * 26}, "invalid_client"),
    "no client": ({"client_id": None}, "invalid_request"),
    "other resource": ({"resource": f"{SITE}/mcp"}, "invalid_target"),
    "foreign resource": ({"resource": "https://other.example/mcp"}, "invalid_target"),
    "no code": ({"code": None}, "invalid_request"),
    "wrong code": ({"code": "llc_" + "x" * 43}, "invalid_grant"),
    "long code": ({"code": "x" * 5000}, "invalid_grant"),
    "no grant type": ({"grant_type": None}, "invalid_request"),
    "password": ({"grant_type": "password"}, "unsupported_grant_type"),
    "client credentials": ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
}
# What is changed in an authorization request, and the error that the program gets.
REQUESTS: dict[str, tuple[dict[str, str | None], str]] = {
    "implicit": ({"response_type": "token"}, "unsupported_response_type"),
    "no response type": ({"response_type": None}, "invalid_request"),
    "plain": ({"code_challenge_method": "plain"}, "invalid_request"),
    "plain by default": ({"code_challenge_method": None}, "invalid_request"),
    "no challenge": ({"code_challenge": None}, "invalid_request"),
    "short challenge": ({"code_challenge": "x" * 42}, "invalid_request"),
    "unknown scope": ({"scope": "read everything"}, "invalid_scope"),
    "foreign resource": ({"resource": "https://other.example/"}, "invalid_target"),
    "other path": ({"resource": f"{SITE}/api/v2"}, "invalid_target"),
    "fragment": ({"resource": f"{SITE}/mcp#x"}, "invalid_target"),
    "long state": ({"state": "x" * 2001}, "invalid_request"),
}
# Redirect URIs of a request of a client that registered REDIRECT and a loopback address.
UNREGISTERED = (
    None,
    "https://evil.example/callback",
    f"{REDIRECT}/",
    f"{REDIRECT}?x=1",
    f"{REDIRECT}#x",
    "https://program.example@evil.example/callback",
    "https://program.example:444/callback",
    "https://PROGRAM.example/callback",
    "http://program.example/callback",
    "http://127.0.0.1:8080/other",
    "http://127.0.0.1.evil.example/callback",
    "http://127.0.0.1:80@evil.example/callback",
    "http://127.0.0.1:80\\@evil.example/callback",
    "http://[::1]/callback",
    "javascript:alert(1)",
)
REGISTRATIONS: dict[str, tuple[dict[str, Any], str]] = {
    "http": ({"redirect_uris": ["http://program.example/"]}, "invalid_redirect_uri"),
    "javascript": ({"redirect_uris": ["javascript:alert(1)"]}, "invalid_redirect_uri"),
    "data": ({"redirect_uris": ["data:text/html,x"]}, "invalid_redirect_uri"),
    "fragment": ({"redirect_uris": [f"{REDIRECT}#x"]}, "invalid_redirect_uri"),
    "user name": ({"redirect_uris": ["https://a@b.example/"]}, "invalid_redirect_uri"),
    "own state": ({"redirect_uris": [f"{REDIRECT}?state=x"]}, "invalid_redirect_uri"),
    "no host": ({"redirect_uris": ["https:///x"]}, "invalid_redirect_uri"),
    "bad port": ({"redirect_uris": ["https://b.example:99999/"]}, "invalid_redirect_uri"),
    "line break": ({"redirect_uris": [f"{REDIRECT}\n"]}, "invalid_redirect_uri"),
    "long": ({"redirect_uris": [REDIRECT + "x" * 1000]}, "invalid_redirect_uri"),
    "many": ({"redirect_uris": [f"{REDIRECT}/{n}" for n in range(11)]}, "invalid_redirect_uri"),
    "none": ({"redirect_uris": []}, "invalid_redirect_uri"),
    "no array": ({"redirect_uris": REDIRECT}, "invalid_redirect_uri"),
    "numbers": ({"redirect_uris": [1]}, "invalid_redirect_uri"),
    "name of a number": ({"client_name": 1}, "invalid_client_metadata"),
    "long name": ({"client_name": "x" * 101}, "invalid_client_metadata"),
    "name of two lines": ({"client_name": "a\nb"}, "invalid_client_metadata"),
    "implicit only": ({"grant_types": ["implicit"]}, "invalid_client_metadata"),
    "grant types no array": ({"grant_types": "x"}, "invalid_client_metadata"),
}


async def test_a_code_is_for_its_own_request_alone(consent: Consent) -> None:
    program = await consent.register()
    other = await consent.register()
    await consent.allow(program, consent.request_of(program, resource=f"{SITE}/api/v1"))

    answers = {
        name: error_of(await program.exchange(**changed))[1]
        for name, (changed, _) in EXCHANGES.items()
    }
    other.code, other.verifier = program.code, program.verifier
    stolen = await other.exchange()

    assert answers == {name: error for name, (_, error) in EXCHANGES.items()}
    assert error_of(stolen) == (400, "invalid_grant")
    # None of them used the code up.
    assert (await program.exchange()).status_code == 200


# What is changed in a refresh, and the error.
REFRESHES: dict[str, tuple[dict[str, str | None], str]] = {
    "other client": ({"client_id": "livelist-cli"}, "invalid_grant"),
    "unknown client": ({"client_id": "0" * 26}, "invalid_client"),
    "other resource": ({"resource": f"{SITE}/mcp"}, "invalid_target"),
    "wrong token": ({"refresh_token": "llr_" + "x" * 43}, "invalid_grant"),
    "no token": ({"refresh_token": None}, "invalid_request"),
    "wider scope": ({"scope": "admin"}, "invalid_scope"),
    "unknown scope": ({"scope": "all"}, "invalid_scope"),
}


async def test_a_refresh_token_is_for_its_own_program_alone(consent: Consent) -> None:
    program = await consent.connect()
    access_token = program.tokens["access_token"]

    answers = {
        name: error_of(await program.refresh(**changed))[1]
        for name, (changed, _) in REFRESHES.items()
    }
    # The kinds of secrets do not stand for each other.
    swapped = [
        error_of(await program.refresh(refresh_token=access_token)),
        error_of(await program.exchange(code=program.tokens["refresh_token"])),
    ]
    as_bearer = await program.call(token=program.tokens["refresh_token"])

    assert answers == {name: error for name, (_, error) in REFRESHES.items()}
    assert swapped == [(400, "invalid_grant")] * 2
    assert as_bearer.status_code == 401
    # None of them used the token up, or ended anything.
    assert (await program.refresh()).status_code == 200


async def test_a_code_works_for_a_minute(builder: ListBuilder, consent: Consent) -> None:
    program = await consent.register()
    await consent.allow(program)
    clock = stop_clock(builder.served)
    clock.advance(MINUTE)

    assert error_of(await program.exchange()) == (400, "invalid_grant")


async def test_a_wrong_request_is_shown_and_never_allowed(
    builder: ListBuilder, consent: Consent
) -> None:
    program = await consent.register()
    errors = {}
    for name, (changed, _) in REQUESTS.items():
        request = consent.request_of(program, **changed)
        shown = await builder.request(consent.user, "POST", "/oauth/requests", request)
        assert shown.json()["problem"], name
        errors[name] = parameters_of(shown.json()["deny_url"])["error"]
        assert (await consent.allow(program, request)).status_code == 422, name

    assert errors == {name: error for name, (_, error) in REQUESTS.items()}
    assert await consent.applications() == []


@pytest.mark.parametrize("client_id", [None, "0" * 26, "no id", "livelist-cli"])
async def test_nothing_goes_to_an_address_of_an_unknown_client(
    builder: ListBuilder, consent: Consent, client_id: str | None
) -> None:
    program = await consent.register()
    request = consent.request_of(program, client_id=client_id)

    for path, body in (
        ("/oauth/requests", request),
        ("/oauth/grants", {"request": request, "scope": "read"}),
    ):
        answer = await builder.request(consent.user, "POST", path, body)
        assert answer.status_code == 422
        assert answer.json()["code"] in ("unknown_application", "unregistered_redirect_uri")
        assert "program.example" not in answer.text


async def test_a_redirect_uri_is_compared_as_text(builder: ListBuilder, consent: Consent) -> None:
    scheme = "example.com:/callback"
    program = await consent.register(redirect_uris=[REDIRECT, "http://127.0.0.1/callback", scheme])

    for uri in UNREGISTERED:
        request = consent.request_of(program, redirect_uri=uri)
        answer = await builder.request(consent.user, "POST", "/oauth/requests", request)
        assert answer.json().get("code") == "unregistered_redirect_uri", uri
        assert (await consent.allow(program, request)).status_code == 422
    # A loopback address may have any port. A scheme that looks like a host is shown as a program.
    for uri, is_here in (
        ("http://127.0.0.1:49152/callback", True),
        (scheme, True),
        (REDIRECT, False),
    ):
        request = consent.request_of(program, redirect_uri=uri)
        shown = await builder.request(consent.user, "POST", "/oauth/requests", request)
        assert shown.json()["is_on_this_device"] is is_here


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_an_extension_of_an_editor_gets_nothing_at_the_address_of_another(
    builder: ListBuilder, consent: Consent
) -> None:
    registered = "vscode://publisher.extension/callback"
    program = await consent.register(redirect_uris=[registered])

    for uri in (
        "vscode://eve.extension/callback",
        "vscode://publisher.extension/other",
        "vscode://publisher.extension/callback/",
        "vscode://publisher.extension/callback?to=eve",
        "vscode://publisher.extension:1/callback",
        "vscode:publisher.extension/callback",
        "vscode-insiders://publisher.extension/callback",
        "VSCODE://publisher.extension/callback",
    ):
        request = consent.request_of(program, redirect_uri=uri)
        answer = await builder.request(consent.user, "POST", "/oauth/requests", request)
        assert answer.json().get("code") == "unregistered_redirect_uri", uri

    request = consent.request_of(program, redirect_uri=registered)
    shown = await builder.request(consent.user, "POST", "/oauth/requests", request)
    assert shown.json()["returns_to"] == "vscode://publisher.extension"


async def test_only_acceptable_programs_are_registered(builder: ListBuilder) -> None:
    errors = {}
    for name, (metadata, _) in REGISTRATIONS.items():
        body = {"redirect_uris": [REDIRECT]} | metadata
        errors[name] = error_of(await builder.client.post("/oauth/register", json=body))

    assert errors == {name: (400, error) for name, (_, error) in REGISTRATIONS.items()}
    for good in ("org.example.app:/back", "cursor://editor/back", "http://[::1]:1/back"):
        answer = await builder.client.post("/oauth/register", json={"redirect_uris": [good]})
        assert answer.status_code == 201, answer.text


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("Pla\u200bn\u200dner\u2060", "Planner"),
        ("Planner\u202e\u2066\u200f", "Planner"),
        ("Planner”, checked by this site. “", "Planner, checked by this site."),
        ('"Planner"', "Planner"),
        ("Planner\u2028\u00a0\u2003  2", "Planner 2"),
        ("“\u3164”", "An application without a name"),
        ("", "An application without a name"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_name_shows_all_that_is_in_it(builder: ListBuilder, sent: str, shown: str) -> None:
    body = {"redirect_uris": [REDIRECT], "client_name": sent}
    answer = await builder.client.post("/oauth/register", json=body)
    assert (answer.status_code, answer.json()["client_name"]) == (201, shown)


async def test_a_choice_is_never_wider_than_the_request(
    builder: ListBuilder, consent: Consent
) -> None:
    program = await consent.register()
    asks_read = consent.request_of(program, scope="read")
    wider = await consent.allow(program, asks_read, scope="write")
    # An account without a role on the site has nothing to give.
    asks_admin = consent.request_of(program, scope="read write admin")
    shown = await builder.request(consent.user, "POST", "/oauth/requests", asks_admin)
    admin = await consent.allow(program, asks_admin, scope="admin")
    strange = await consent.allow(program, list_ids=["0" * 26])

    assert (wider.status_code, admin.status_code, strange.status_code) == (422, 422, 404)
    assert shown.json()["scope"] == "write"


async def test_a_program_decides_nothing_itself(builder: ListBuilder, consent: Consent) -> None:
    program = await consent.connect()
    headers = {"Authorization": f"Bearer {program.tokens['access_token']}"}
    body = {"request": consent.request_of(program), "scope": "write"}

    by_token = await builder.client.post("/api/v1/oauth/grants", json=body, headers=headers)
    by_nobody = await builder.client.post("/api/v1/oauth/grants", json=body)

    assert (by_token.status_code, by_token.json()["code"]) == (403, "session_required")
    assert by_nobody.status_code == 401


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"grant_type=refresh_token&grant_type=refresh_token", "application/x-www-form-urlencoded"),
        (b"{}", "application/json"),
        (b"grant_type=%ff", "application/x-www-form-urlencoded"),
        (b"&".join(b"%d=x" % n for n in range(60)), "application/x-www-form-urlencoded"),
        (b"x" * 30_000, "application/x-www-form-urlencoded"),
        (b"", "application/x-www-form-urlencoded"),
    ],
)
async def test_a_strange_form_is_refused(
    builder: ListBuilder, content: bytes, content_type: str
) -> None:
    headers = {"Content-Type": content_type}

    answer = await builder.client.post("/oauth/token", content=content, headers=headers)

    assert error_of(answer) == (400, "invalid_request")
    assert answer.headers["cache-control"] == "no-store"


async def test_a_program_revokes_its_own_tokens_only(consent: Consent) -> None:
    program, other = await consent.connect(), await consent.connect()

    answers = [
        await other.send("revoke", client_id=other.client_id, token=token)
        for token in (program.tokens["access_token"], program.tokens["refresh_token"], "x" * 500)
    ]

    assert [answer.status_code for answer in answers] == [200] * 3
    assert (await program.call()).status_code == 200
    assert len(await consent.applications()) == 2
