"""A sign-in that one began is finished by another, or after the account changed."""

from collections.abc import Awaitable, Callable
from typing import Any

from shared.accounts.administration import AccountEdit, edit_as_operator
from shared.accounts.password_change import change_password
from tests.attack.sign_in.scene import (
    CHALLENGE_INVALID,
    STATE_INVALID,
    STEP_UP_REQUIRED,
    UNAUTHENTICATED,
    Scene,
    bearer,
    get,
    post,
    proof,
)
from tests.support.features.provider_browser import ProviderBrowser
from tests.support.features.second_factors import AppUser
from tests.support.features.sign_in import post_login
from tests.support.registration import PASSWORD

NEW_PASSWORD = "another orchard lamp"
COOKIE = "livelist_provider"


async def run(scene: Scene) -> None:
    await _browsers(scene)
    await _changed_accounts(scene)
    await _sessions(scene)


async def _browsers(scene: Scene) -> None:
    site, corp = scene.sites.providers, scene.corp
    browser = ProviderBrowser(site)
    claims: dict[str, Any] = {"sub": scene.address(), "email": scene.address()}

    async def started(provider_id: str = "corp") -> str:
        site.cookies.clear()
        return await browser.start(provider_id)

    sent = corp.authorize(await started(), **claims)
    site.cookies.clear()
    await scene.refuse("callback without the cookie", browser.finish(sent), STATE_INVALID)

    sent = corp.authorize(await started(), **claims)
    await started()
    await scene.refuse("callback in another browser", browser.finish(sent), STATE_INVALID)

    sent = corp.authorize(await started(), **claims)
    site.cookies.clear()
    site.cookies.set(COOKIE, sent["state"])
    await scene.refuse("state as cookie", browser.finish(sent), STATE_INVALID)

    sent = corp.authorize(await started(), **claims)
    await scene.refuse(
        "state of a provider sent to another", browser.finish(sent, "other"),
        STATE_INVALID, (401, "provider_answer_invalid"),
    )  # fmt: skip

    sent = corp.authorize(await started(), **claims)
    mixed = sent | {"iss": scene.other.url}
    await scene.refuse(
        "issuer of another provider", browser.finish(mixed), (401, "provider_answer_invalid")
    )

    sent = corp.authorize(await started(), **claims)
    others = scene.other.authorize(await started("other"), **claims)
    foreign = others | {"code": sent["code"]}
    await scene.refuse(
        "code of another provider", browser.finish(foreign, "other"),
        (401, "provider_refused"), (401, "provider_answer_invalid"),
    )  # fmt: skip

    sent = corp.authorize(await started(), **claims)
    evil = {"Origin": "https://evil.example"}
    await scene.refuse(
        "callback from another site", post(site, "/auth/oidc/corp/finish", sent, evil),
        (403, "origin_refused"),
    )  # fmt: skip
    await scene.allow("the callback in its own browser", browser.finish(sent))
    site.cookies.clear()


async def _changed_accounts(scene: Scene) -> None:
    async def password(user: AppUser) -> None:
        await change_password(scene.resources, user.tokens.actor, PASSWORD, NEW_PASSWORD)

    async def disabled(user: AppUser) -> None:
        async with scene.resources.begin() as work:
            await edit_as_operator(work, user.email, AccountEdit(disabled=True))

    async def removed(user: AppUser) -> None:
        site = scene.sites.plain
        answer = await site.delete("/api/v1/users/me/second-factors/totp", headers=user.headers)
        assert answer.status_code == 204, answer.text

    changes: dict[str, Callable[[AppUser], Awaitable[None]]] = {
        "a changed password": password,
        "a disabled account": disabled,
        "a removed factor": removed,
    }
    for name, change in changes.items():
        user = await scene.app_user()
        challenge = await scene.challenge(user)
        await change(user)
        await scene.refuse(
            f"challenge from before {name}",
            post(scene.sites.plain, "/auth/challenge", proof(challenge, user.code())),
            CHALLENGE_INVALID,
        )


async def _sessions(scene: Scene) -> None:
    """What one session does leaves the id, and the age of the sign-in, of another."""
    site, email = scene.sites.plain, scene.address()
    first = await scene.registrar.register_and_verify(email)
    await scene.make_stale(first.actor)
    own = bearer(first.access_token)
    second = bearer((await post_login(site, email)).json()["access_token"])
    ids = await _ids(scene, own)
    body = {"method": "password", "password": PASSWORD}
    await scene.allow("another session steps up", post(site, "/auth/step-up", body, second))
    with scene.tally.attempt(f"{scene.family}: ids of sessions after a step-up"):
        assert await _ids(scene, own) == ids, "a session got another id"
        scene.tally.refused += 1
    await scene.refuse(
        "stale session after the step-up of another",
        post(site, "/users/me/passkeys/options", headers=own), STEP_UP_REQUIRED,
    )  # fmt: skip
    chosen = {"Cookie": f"livelist_refresh={first.refresh_token}"}
    answer = await scene.allow(
        "a sign-in with the cookie of another session",
        post(site, "/auth/login", {"email": email, "password": PASSWORD}, chosen),
    )
    with scene.tally.attempt(f"{scene.family}: session of a cookie that was there before"):
        assert answer.json()["refresh_token"] != first.refresh_token
        assert len(await _ids(scene, own)) == len(ids) + 1, "the session was not a new one"
        scene.tally.refused += 1
    await site.post("/api/v1/auth/logout", headers=second)
    await scene.refuse(
        "session after its sign-out", get(site, "/users/me", second), UNAUTHENTICATED
    )


async def _ids(scene: Scene, headers: dict[str, str]) -> set[str]:
    answer = await get(scene.sites.plain, "/auth/sessions", headers)
    return {each["id"] for each in answer.json()["items"]}
