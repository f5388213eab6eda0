"""Which kinds of credential a route accepts, also while the actor is cached, and when the cache forgets."""

from collections.abc import Awaitable, Callable

import httpx
import pytest
from fastapi import FastAPI

from shared.accounts.administration import AccountEdit, edit_user
from shared.accounts.api_tokens import revoke_api_token
from shared.accounts.authentication import credentials
from shared.accounts.authentication.access_tokens import make_access_token
from shared.accounts.authentication.credentials import (
    EVERY_PRINCIPAL,
    Principal,
    authenticate,
)
from shared.actor import MAX_CACHED_ACTORS, Actor, ActorCache, Bearer
from shared.contract.api_tokens import TokenScope
from shared.contract.shapes import SiteRole
from shared.errors import Unauthenticated
from shared.ids import SessionId, UserId, new_id, user_stream
from shared.resources import Resources
from shared.signed_links import Purpose
from tests.support.api_tokens import insert_api_token
from tests.support.registration import Registrar
from tests.support.share_links import make_guest, make_link
from tests.support.world_builder import World

API = "/api/v1"
NEW = "ana@elsewhere.example"


def _session_token(resources: Resources, actor: Actor) -> str:
    now = resources.clock.now()
    return make_access_token(resources.settings, actor.user_id, actor.session_id, now)[0]


async def test_a_cached_api_token_does_not_pass_as_a_session(
    client: httpx.AsyncClient, registrar: Registrar, world: World, resources: Resources
) -> None:
    ana = (await registrar.register_and_verify()).actor
    list_id = await world.list(ana)
    token = await insert_api_token(resources, ana, TokenScope.READ, lists=(list_id,))
    await registrar.change_email(ana, NEW)
    link = await registrar.newest_link_token(Purpose.CHANGE_EMAIL, NEW)

    async def post(path: str, **body: str) -> httpx.Response:
        cached = await client.get(f"{API}/lists", headers=token.headers)
        assert cached.status_code == 200
        return await client.post(f"{API}{path}", json=body or None, headers=token.headers)

    followed = await post("/auth/verify-email", token=link)
    signed_out = await post("/auth/logout")

    assert (followed.status_code, followed.json()["code"]) == (401, "sign_in_first")
    assert signed_out.status_code == 401
    assert (await registrar.account()).email == "ana@example.com"
    assert await registrar.audit("session.signed_out") == []


async def test_without_being_asked_only_sessions_are_accepted(
    world: World, resources: Resources
) -> None:
    ana = await world.user("Ana")
    token = await insert_api_token(resources, ana)
    session = _session_token(resources, ana)

    link = await make_link(resources, ana, await world.list(ana))
    guest = await make_guest(resources, link)

    for credential, kind in (
        (token.text, Principal.API_TOKEN),
        (session, Principal.SESSION),
        (guest.token, Principal.GUEST),
    ):
        await authenticate(resources, credential, accepts=EVERY_PRINCIPAL)
        await authenticate(resources, credential, accepts=frozenset({kind}))
        with pytest.raises(Unauthenticated):
            await authenticate(resources, credential, accepts=EVERY_PRINCIPAL - {kind})

    await authenticate(resources, session)
    for refused in (token.text, guest.token):
        with pytest.raises(Unauthenticated):
            await authenticate(resources, refused)


def _then(
    monkeypatch: pytest.MonkeyPatch, kind: Principal, change: Callable[[], Awaitable[object]]
) -> None:
    """Commit `change` after the next read of a principal, before its result is cached."""
    read_bearer = credentials.READERS[kind]

    async def read_and_change(resources: Resources, credential: str) -> Bearer:
        monkeypatch.setitem(credentials.READERS, kind, read_bearer)
        bearer = await read_bearer(resources, credential)
        await change()
        return bearer

    monkeypatch.setitem(credentials.READERS, kind, read_and_change)


async def test_a_token_revoked_while_it_is_read_is_refused_at_once(
    app: FastAPI, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(app.state.resources)
    ana = await world.user("Ana")
    list_id = await world.list(ana)
    token = await insert_api_token(world.resources, ana)
    _then(monkeypatch, Principal.API_TOKEN, lambda: world.run(revoke_api_token, ana, token.id))
    await client.get(f"{API}/lists", headers=token.headers)

    body = {"list_id": list_id, "title": "After the revocation"}
    answer = await client.post(f"{API}/todos", json=body, headers=token.headers)

    assert answer.status_code == 401


async def test_an_account_disabled_while_its_session_is_read_is_refused_at_once(
    world: World, resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, ana = await world.user("Ada", site_role=SiteRole.ADMIN), await world.user("Ana")
    session = _session_token(resources, ana)
    disabling = AccountEdit(disabled=True)
    _then(
        monkeypatch,
        Principal.SESSION,
        lambda: world.run(edit_user, ada, ana.user_id, disabling),
    )
    await authenticate(resources, session)

    with pytest.raises(Unauthenticated):
        await authenticate(resources, session)


def _bearer() -> Bearer:
    return Bearer(Actor(UserId(new_id()), "Ana", SessionId(new_id())), 0)


def test_the_actor_cache_is_bounded() -> None:
    cache = ActorCache()
    ana = _bearer()

    for number in range(MAX_CACHED_ACTORS * 2 + 1):
        cache.add(str(number), ana, since=cache.generation)

    assert sum(cache.find(str(number)) is not None for number in range(MAX_CACHED_ACTORS * 3)) == 1


def test_what_was_read_before_a_removal_is_not_cached() -> None:
    cache = ActorCache()
    ana, ben = _bearer(), _bearer()
    before = cache.generation

    cache.remove([user_stream(ana.actor.user_id)])
    cache.add("of Ana", ana, since=before)
    cache.add("of Ben", ben, since=before)

    assert cache.find("of Ana") is None
    assert cache.find("of Ben") == ben
    cache.add("of Ana", ana, since=cache.generation)
    assert cache.find("of Ana") == ana


def test_the_remembered_removals_are_bounded_and_never_forgotten_for_a_read() -> None:
    cache = ActorCache()
    ana = _bearer()
    before = cache.generation

    cache.remove([user_stream(ana.actor.user_id)])
    for _ in range(MAX_CACHED_ACTORS * 2):
        cache.remove([user_stream(UserId(new_id()))])
    cache.add("of Ana", ana, since=before)

    assert cache.find("of Ana") is None
    assert cache.remembered_removals <= MAX_CACHED_ACTORS
