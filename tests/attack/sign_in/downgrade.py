"""Ways around the second factor: every other way in, and every route of an account that must have one."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import httpx

from shared.accounts import password_change
from shared.accounts.authentication import passwords
from shared.contract.shapes import Role
from shared.contract.share_links import LinkRole
from shared.members.invitations import invite_member
from shared.share_links.links import LinkEdit, edit_link
from shared.signed_links import Purpose
from tests.attack.sign_in.scene import (
    BAD_CREDENTIALS,
    UNAUTHENTICATED,
    Scene,
    bearer,
    get,
    log_in,
    post,
    proof,
)
from tests.support.authenticator import USER_PRESENT, Authenticator
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.features.invitations import token_of
from tests.support.features.passkeys import SIGN_IN, PasskeyUser, sign_in_options
from tests.support.features.second_factors import AppUser
from tests.support.realtime.websocket_client import socket_to
from tests.support.registration import PASSWORD, PHONE
from tests.support.share_links import make_guest, make_link

NEW_PASSWORD = "another orchard lamp"
LINK_INVALID, LINK_USED = (422, "link_invalid"), (422, "link_used")
# docs/protocol.md
NOT_SIGNED_IN = 4401
NO_FACTOR = (403, "second_factor_required")
# A route of each kind; the rest is in test_permission_matrix.py.
STRICT_ROUTES = ("/lists", "/users/me", "/users/me/snapshot", "/users/me/events", "/todos")


async def run(scene: Scene) -> None:
    ana = await scene.app_user()
    # The first right password renews a hash that a test made with less work.
    await scene.challenge(ana)
    await _forms(scene, ana)
    await _passkeys(scene)
    await _links(scene, ana)
    await _share_links(scene)
    await _required(scene)


async def _forms(scene: Scene, ana: AppUser) -> None:
    site = scene.sites.plain
    form = {"username": ana.email, "password": PASSWORD}
    await scene.refuse(
        "OAuth 2 form", site.post("/api/v1/auth/token", data=form), (403, "challenge_required")
    )
    for method in ("passkey", "recovery_code_2", "none", ""):
        await scene.refuse(
            f"method {method!r}",
            post(site, "/auth/challenge", proof(await scene.challenge(ana), "000000", method)),
            (422, "invalid"),
        )  # fmt: skip
    await scene.refuse(
        "no proof", post(site, "/auth/challenge", {"challenge": await scene.challenge(ana)}),
        (422, "invalid"),
    )  # fmt: skip
    await scene.refuse(
        "password for a step-up",
        post(site, "/auth/step-up", {"method": "password", "password": PASSWORD}, ana.headers),
        (403, "step_up_required"),
    )
    _, _, actor = await scene.passkey_user()
    email = await scene.target.world.email_of(actor)
    challenge = (await log_in(site, email)).json()["challenge"]
    await scene.refuse(
        "app code without an app", post(site, "/auth/challenge", proof(challenge, "000000")),
        (403, "method_not_set_up"),
    )  # fmt: skip
    for name, headers in {
        "an old client": {},
        "the web client": {"Livelist-Client": "web", "Origin": "http://localhost:8000"},
    }.items():
        await _only_challenge(scene, f"password of {name}", ana.email, PASSWORD, headers)


async def _passkeys(scene: Scene) -> None:
    """A passkey signs in without the app, because its authenticator verifies the user: only then."""
    site, ana = scene.sites.plain, await scene.app_user()
    authenticator = Authenticator(counts=True)
    await PasskeyUser(site, ana.headers).add(authenticator)
    unverified = authenticator.lying(flags=USER_PRESENT)
    await scene.refuse(
        "passkey whose user was not verified, beside an app",
        site.post(SIGN_IN, json=unverified.get(await sign_in_options(site))), BAD_CREDENTIALS,
    )  # fmt: skip
    challenge = await scene.challenge(ana)
    options = (await post(site, "/auth/challenge/passkey-options", {"challenge": challenge})).json()

    def second_step(assertion: dict[str, Any]) -> Awaitable[httpx.Response]:
        sent = {"challenge": challenge, "proof": assertion | {"method": "passkey"}}
        return post(site, "/auth/challenge", sent)

    await scene.refuse(
        "the same as a second step",
        second_step(unverified.get(options)), (403, "wrong_passkey"),
    )  # fmt: skip
    await scene.refuse(
        "assertion of a sign-in as a second step",
        second_step(authenticator.get(await sign_in_options(site))), (403, "wrong_passkey"),
    )  # fmt: skip
    await scene.allow(
        "the passkey signs in without the app",
        site.post(SIGN_IN, json=authenticator.get(await sign_in_options(site))),
    )


async def _share_links(scene: Scene) -> None:
    """A guest who joined as an editor has no more than the link gives by now."""
    site, owner = scene.sites.plain, await scene.target.world.user("Olga")
    list_id = await scene.target.world.list(owner)
    link = await make_link(scene.resources, owner, list_id, LinkRole.EDITOR)
    guest = await make_guest(scene.resources, link)
    todo = {"list_id": list_id, "title": "Milk"}

    async def change(**values: Any) -> None:
        edit = LinkEdit(frozenset(values), **values)
        await scene.target.world.run(edit_link, owner, list_id, link.id, edit)

    await scene.allow("an editor by a link writes", post(site, "/todos", todo, guest.headers))
    await change(role=LinkRole.VIEWER)
    await scene.refuse(
        "guest of a link whose role was lowered",
        post(site, "/todos", todo, guest.headers), (403, "forbidden"),
    )  # fmt: skip
    late = await make_guest(scene.resources, link)
    await scene.refuse(
        "guest who joins such a link",
        post(site, "/todos", todo, late.headers), (403, "forbidden"),
    )  # fmt: skip
    await change(password_hash=await passwords.hash_password(PASSWORD))
    await scene.refuse(
        "guest from before a password of the link",
        # 404 for half a second: this process has ended the guest, and that one remembers the token.
        get(site, f"/lists/{list_id}", late.headers), UNAUTHENTICATED, (404, "not_found"),
    )  # fmt: skip


async def _only_challenge(
    scene: Scene, name: str, email: str, password: str, headers: dict[str, str]
) -> None:
    """Count a sign-in whose only answer may be a challenge: no token, no cookie, no session."""
    with scene.tally.attempt(f"{scene.family}: {name}"):
        before = await scene.sessions()
        answer = await log_in(scene.sites.plain, email, password, **headers)
        challenged = set(answer.json()) == {"challenge", "methods"}
        scene.tally.refused += challenged
        assert challenged, sorted(answer.json())
        assert "set-cookie" not in answer.headers
        assert await scene.sessions() == before


async def _links(scene: Scene, ana: AppUser) -> None:
    site, registrar = scene.sites.plain, scene.registrar
    changed = scene.address()
    await registrar.change_email(ana.tokens.actor, changed)
    link = await registrar.newest_link_token(Purpose.CHANGE_EMAIL, changed)
    await scene.refuse(
        "link of a changed address without a session",
        post(site, "/auth/verify-email", {"token": link}), (401, "sign_in_first"),
    )  # fmt: skip
    await password_change.forgot_password(scene.resources, ana.email, PHONE)
    reset = await registrar.newest_link_token(Purpose.RESET_PASSWORD, ana.email)
    await scene.refuse(
        "reset link as verification link", post(site, "/auth/verify-email", {"token": reset}),
        LINK_INVALID,
    )  # fmt: skip
    verification = await registrar.newest_link_token(Purpose.VERIFY_EMAIL, ana.email)
    await scene.refuse(
        "verification link again", post(site, "/auth/verify-email", {"token": verification}),
        LINK_USED,
    )  # fmt: skip
    owner = await scene.target.world.user("Olga")
    list_id = await scene.target.world.list(owner)
    invitation = await scene.target.world.run(invite_member, owner, list_id, ana.email, Role.VIEWER)
    keys = scene.resources.settings.secrets.signing_keys()
    invited = await token_of(scene.target.world, invitation, keys)
    await scene.refuse(
        "invitation as verification link", post(site, "/auth/verify-email", {"token": invited}),
        LINK_INVALID,
    )  # fmt: skip
    await scene.refuse(
        "invitation without a session", post(site, "/invitations/accept", {"token": invited}),
        (401, "unauthenticated"),
    )  # fmt: skip
    answer = await scene.allow(
        "a reset of the password",
        post(site, "/auth/reset-password", {"token": reset, "password": NEW_PASSWORD}),
    )
    with scene.tally.attempt(f"{scene.family}: tokens from a reset of the password"):
        assert not answer.content, answer.text
        assert "set-cookie" not in answer.headers
        scene.tally.refused += 1
    await _only_challenge(scene, "password after a reset", ana.email, NEW_PASSWORD, {})
    again = {"token": reset, "password": PASSWORD}
    await scene.refuse("reset link again", post(site, "/auth/reset-password", again), LINK_USED)


async def _required(scene: Scene) -> None:
    """REQUIRE_SECOND_FACTOR: a session without one sets one up, and does nothing else."""
    site = scene.sites.strict
    tokens = await scene.registrar.register_and_verify(scene.address())
    headers = bearer(tokens.access_token)
    for path in STRICT_ROUTES:
        await scene.refuse(f"required factor, {path}", get(site, path, headers), NO_FACTOR)
    writes = {
        "/lists": {"name": "Groceries"},
        "/ws-ticket": None,
        "/users/me/api-tokens": {"name": "Script", "scope": "read"},
    }
    for path, body in writes.items():
        await scene.refuse(
            f"required factor, sends {path}", post(site, path, body, headers), NO_FACTOR
        )
    with scene.tally.attempt(f"{scene.family}: required factor, socket"):
        async with socket_to(scene.sites.strict_socket_url) as client:
            await client.send("hello", token=tokens.access_token)
            # A socket that was welcomed would get heartbeats without end.
            async with asyncio.timeout(DEADLINE_SECONDS):
                code = await client.wait_closed()
        scene.tally.refused += code == NOT_SIGNED_IN
        assert code == NOT_SIGNED_IN, code
        assert client.frames == [], client.frames
    ben = await scene.app_user()
    with scene.tally.attempt(f"{scene.family}: control: socket with a factor"):
        async with socket_to(
            scene.sites.strict_socket_url, hello={"token": ben.tokens.access_token}
        ):
            pass
    await scene.allow(
        "the factor is set up", post(site, "/users/me/second-factors/totp", headers=headers)
    )
