"""A proof that was used is sent again: afterwards, or many times at once."""

from datetime import timedelta
from typing import Any

from sqlalchemy import update

from shared.accounts.authentication.sessions import REFRESH_GRACE_SECONDS
from shared.tables.accounts import RefreshTokenRow
from tests.attack.sign_in.scene import (
    BAD_CREDENTIALS,
    CHALLENGE_INVALID,
    CODE_USED,
    STATE_INVALID,
    UNAUTHENTICATED,
    WRONG_CODE,
    Scene,
    bearer,
    get,
    post,
    proof,
)
from tests.support.features.passkeys import SIGN_IN, sign_in_options
from tests.support.features.provider_browser import ProviderBrowser

AT_ONCE = 10
LOGOUT_REFUSED = (400, "bad_request")


async def run(scene: Scene) -> None:
    await _codes(scene)
    await _devices(scene)
    await _recovery_codes(scene)
    await _passkeys(scene)
    await _providers(scene)
    await _refresh_tokens(scene)


async def _codes(scene: Scene) -> None:
    site, ana = scene.sites.plain, await scene.app_user()
    challenges = [await scene.challenge(ana) for _ in range(AT_ONCE)]
    code = ana.code()
    await scene.race(
        "one app code in ten sign-ins at once",
        [post(site, "/auth/challenge", proof(each, code)) for each in challenges],
        CODE_USED,
    )
    # Not all of them are used up: one of them is.
    spare = await scene.challenge(ana)
    await scene.refuse(
        "app code again", post(site, "/auth/challenge", proof(spare, code)), CODE_USED
    )
    await scene.refuse(
        "app code of the step before", post(site, "/auth/challenge", proof(spare, ana.code(-1))),
        CODE_USED, WRONG_CODE,
    )  # fmt: skip
    await scene.refuse(
        "app code again, for a step-up",
        post(site, "/auth/step-up", {"method": "totp", "code": code}, ana.headers), CODE_USED,
    )  # fmt: skip
    await scene.race(
        "one challenge ten times at once",
        [post(site, "/auth/challenge", proof(spare, ana.code(1))) for _ in range(AT_ONCE)],
        CHALLENGE_INVALID, CODE_USED,
    )  # fmt: skip
    await scene.refuse(
        "challenge after its success",
        post(site, "/auth/challenge", proof(spare, ana.recovery_codes[0], "recovery_code")),
        CHALLENGE_INVALID,
    )


async def _devices(scene: Scene) -> None:
    """A challenge that another device has answered is of no more use to the device that began."""
    site, ana = scene.sites.plain, await scene.app_user()
    challenge = await scene.challenge(ana)
    phone = {"User-Agent": "Phone"}
    await scene.allow(
        "the challenge on another device",
        post(site, "/auth/challenge", proof(challenge, ana.code()), phone),
    )
    await scene.refuse(
        "challenge that another device has answered",
        post(site, "/auth/challenge", proof(challenge, ana.recovery_codes[0], "recovery_code")),
        CHALLENGE_INVALID,
    )  # fmt: skip
    await scene.refuse(
        "options of a passkey for it",
        post(site, "/auth/challenge/passkey-options", {"challenge": challenge}), CHALLENGE_INVALID,
    )  # fmt: skip


async def _recovery_codes(scene: Scene) -> None:
    site, ana = scene.sites.plain, await scene.app_user()
    code, method = ana.recovery_codes[0], "recovery_code"
    challenges = [await scene.challenge(ana) for _ in range(AT_ONCE)]
    await scene.race(
        "one recovery code in ten sign-ins at once",
        [post(site, "/auth/challenge", proof(each, code, method)) for each in challenges],
        WRONG_CODE, CODE_USED,
    )  # fmt: skip
    spare = await scene.challenge(ana)
    await scene.refuse(
        "recovery code again", post(site, "/auth/challenge", proof(spare, code, method)),
        WRONG_CODE, CODE_USED,
    )  # fmt: skip
    await scene.refuse(
        "recovery code again, for a step-up",
        post(site, "/auth/step-up", {"method": method, "code": code}, ana.headers),
        WRONG_CODE, CODE_USED,
    )  # fmt: skip
    second = ana.recovery_codes[1]
    await scene.allow(
        "the next recovery code", post(site, "/auth/challenge", proof(spare, second, method))
    )


async def _passkeys(scene: Scene) -> None:
    site = scene.sites.plain
    _, authenticator, _ = await scene.passkey_user()
    body = authenticator.get(await sign_in_options(site))
    await scene.race(
        "one assertion ten times at once",
        [site.post(SIGN_IN, json=body) for _ in range(AT_ONCE)],
        BAD_CREDENTIALS,
    )
    await scene.refuse("assertion again", site.post(SIGN_IN, json=body), BAD_CREDENTIALS)
    options = await sign_in_options(site)
    fresh = authenticator.get(options)
    stale = fresh | {"signature": body["signature"]}
    await scene.refuse("signature again", site.post(SIGN_IN, json=stale), BAD_CREDENTIALS)
    await scene.refuse(
        "ceremony after its failure", site.post(SIGN_IN, json=fresh), BAD_CREDENTIALS
    )


async def _providers(scene: Scene) -> None:
    site, corp = scene.sites.providers, scene.corp
    browser = ProviderBrowser(site)
    claims: dict[str, Any] = {"sub": scene.address(), "email": scene.address()}
    parameters = corp.authorize(await browser.start(), **claims)
    cookies = dict(site.cookies)
    signed_in = await scene.allow("a sign-in with a provider", browser.finish(parameters))
    site.cookies.clear()
    site.cookies.update(cookies)
    await scene.refuse("callback again", browser.finish(parameters), STATE_INVALID)
    site.cookies.clear()
    url = await browser.start()
    new = corp.authorize(url, **claims)
    used_code = new | {"code": parameters["code"]}
    await scene.refuse(
        "code of a used callback with a new state", browser.finish(used_code),
        (401, "provider_refused"), (401, "provider_answer_invalid"),
    )  # fmt: skip
    await scene.refuse("state after its failure", browser.finish(new), STATE_INVALID)
    await scene.refuse(
        "state that was never issued", browser.finish(new | {"state": "x" * 43}), STATE_INVALID
    )
    browser.sign_in_as(signed_in)
    token = corp.logout_token(sub=claims["sub"], jti=scene.address())
    path = "/api/v1/auth/oidc/corp/backchannel-logout"
    await scene.refuse(
        "logout token of another provider",
        site.post(path.replace("corp", "other"), data={"logout_token": token}), LOGOUT_REFUSED,
    )  # fmt: skip
    await scene.allow("a logout token", site.post(path, data={"logout_token": token}))
    await scene.refuse(
        "access token after the logout by the provider", get(site, "/users/me", browser.headers),
        UNAUTHENTICATED,
    )  # fmt: skip
    browser.headers = {}
    site.cookies.clear()
    await scene.allow("a sign-in after the logout", browser.sign_in(corp, **claims))
    with scene.tally.attempt(f"{scene.family}: logout token again"):
        before = await scene.kept()
        answer = await site.post(path, data={"logout_token": token})
        scene.tally.refused += answer.status_code == 400
        assert await scene.kept() == before, "it ended a session that began later"


async def _refresh_tokens(scene: Scene) -> None:
    site, ana = scene.sites.plain, await scene.registrar.register_and_verify(scene.address())
    old = {"refresh_token": ana.refresh_token}
    renewed = (await scene.allow("a refresh", post(site, "/auth/refresh", old))).json()
    async with scene.resources.begin() as work:
        past = work.now - timedelta(seconds=REFRESH_GRACE_SECONDS + 1)
        of_session = RefreshTokenRow.session_id == ana.actor.session_id
        used = RefreshTokenRow.used_at.is_not(None)
        await work.connection.execute(
            update(RefreshTokenRow).where(of_session, used).values(used_at=past)
        )
    copied = await post(site, "/auth/refresh", old)
    with scene.tally.attempt(f"{scene.family}: refresh token again, after its grace"):
        scene.tally.refused += copied.status_code == 401
        assert copied.status_code == 401, copied.text
    newest = {"refresh_token": renewed["refresh_token"]}
    await scene.refuse(
        "newest refresh token of a session that ended", post(site, "/auth/refresh", newest),
        UNAUTHENTICATED,
    )  # fmt: skip
    await scene.refuse(
        "access token of a session that ended",
        get(site, "/users/me", bearer(renewed["access_token"])), UNAUTHENTICATED,
    )  # fmt: skip
