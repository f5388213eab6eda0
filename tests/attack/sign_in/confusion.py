"""A credential of one kind where another is asked for."""

import base64
from collections.abc import Awaitable

import httpx

from shared.contract.share_links import LinkRole
from tests.attack.sign_in.scene import (
    ACCOUNT_REQUIRED,
    BAD_CREDENTIALS,
    CHALLENGE_INVALID,
    INVALID,
    SESSION_REQUIRED,
    STEP_UP_REQUIRED,
    UNAUTHENTICATED,
    WRONG_CODE,
    Scene,
    bearer,
    get,
    post,
    proof,
)
from tests.support.api_tokens import insert_api_token
from tests.support.features.passkeys import PASSKEYS, SIGN_IN, sign_in_options
from tests.support.features.sign_in import post_login
from tests.support.registration import PASSWORD
from tests.support.share_links import make_guest, make_link

CALENDARS = "/caldav/"
# Where a credential identifies an account.
ACCOUNT_ROUTES = ("/users/me", "/auth/sessions", "/users/me/second-factors", "/users/me/passkeys")


async def run(scene: Scene) -> None:
    await _tokens(scene)
    await _factors(scene)
    await _guests(scene)
    await _api_tokens(scene)
    await _basic(scene)
    await _ceremonies(scene)
    await _steps_up(scene)


async def _tokens(scene: Scene) -> None:
    site, ana = scene.sites.plain, await scene.app_user()
    access, challenge = ana.tokens.access_token, await scene.challenge(ana)
    ticket = (await post(site, "/ws-ticket", headers=ana.headers)).json()["ticket"]
    wrong = {"challenge": challenge, "refresh token": ana.tokens.refresh_token, "ticket": ticket}
    for name, token in wrong.items():
        await scene.refuse(
            f"{name} as access token", get(site, "/users/me", bearer(token)), UNAUTHENTICATED
        )
        await scene.refuse(
            f"{name} for a socket ticket",
            post(site, "/ws-ticket", headers=bearer(token)), UNAUTHENTICATED,
        )  # fmt: skip
    for name, token in {"access token": access, "challenge": challenge, "ticket": ticket}.items():
        await scene.refuse(
            f"{name} as refresh token",
            post(site, "/auth/refresh", {"refresh_token": token}), UNAUTHENTICATED, INVALID,
        )  # fmt: skip
    for name, token in {"refresh token": ana.tokens.refresh_token, "ticket": ticket}.items():
        await scene.refuse(
            f"{name} as challenge",
            post(site, "/auth/challenge", proof(token, ana.code())), CHALLENGE_INVALID,
        )  # fmt: skip
    await scene.refuse(
        "access token as challenge",
        post(site, "/auth/challenge", proof(access[:200], ana.code())), CHALLENGE_INVALID,
    )  # fmt: skip
    await scene.allow("the access token", get(site, "/users/me", ana.headers))


async def _factors(scene: Scene) -> None:
    site, ana, ben = scene.sites.plain, await scene.app_user(), await scene.app_user()
    bens = await scene.challenge(ben)
    recovery = ana.recovery_codes[0]

    def answer(challenge: str, code: str, method: str) -> Awaitable[httpx.Response]:
        return post(site, "/auth/challenge", proof(challenge, code, method))

    await scene.refuse(
        "own code, challenge of another", answer(bens, ana.code(), "totp"), WRONG_CODE
    )
    await scene.refuse(
        "own recovery code, challenge of another",
        answer(bens, recovery, "recovery_code"),
        WRONG_CODE,
    )
    anas = await scene.challenge(ana)
    await scene.refuse("recovery code as app code", answer(anas, recovery, "totp"), WRONG_CODE)
    await scene.refuse(
        "app code as recovery code", answer(anas, ana.code(), "recovery_code"), WRONG_CODE
    )
    await scene.refuse(
        "password as second step",
        post(
            site,
            "/auth/challenge",
            {"challenge": anas, "proof": {"method": "password", "password": PASSWORD}},
        ),
        INVALID,
    )
    await scene.allow("own code, own challenge", answer(anas, ana.code(), "totp"))


async def _guests(scene: Scene) -> None:
    site, owner = scene.sites.plain, await scene.registrar.register_and_verify(scene.address())
    list_id = await scene.target.world.list(owner.actor)
    link = await make_link(scene.resources, owner.actor, list_id, LinkRole.EDITOR)
    guest = await make_guest(scene.resources, link)
    for path in (*ACCOUNT_ROUTES, "/users/me/api-tokens", "/users/me/identities"):
        await scene.refuse(f"guest on {path}", get(site, path, guest.headers), ACCOUNT_REQUIRED)
    body = {"method": "password", "password": PASSWORD}
    for path, sent in {
        "/auth/step-up": body,
        "/users/me/second-factors/totp": None,
        "/users/me/passkeys/options": None,
        "/users/me/api-tokens": {"name": "Script", "scope": "read"},
    }.items():
        await scene.refuse(
            f"guest sends {path}",
            post(site, path, sent, guest.headers), ACCOUNT_REQUIRED,
        )  # fmt: skip
    await scene.refuse(
        "guest token as refresh token",
        post(site, "/auth/refresh", {"refresh_token": guest.token}), UNAUTHENTICATED,
    )  # fmt: skip
    await scene.refuse(
        "share link as access token", get(site, "/lists", bearer(link.token)), UNAUTHENTICATED
    )
    await scene.allow("the guest reads the list", get(site, f"/lists/{list_id}", guest.headers))


async def _api_tokens(scene: Scene) -> None:
    site, ana = scene.sites.plain, await scene.app_user()
    token = await insert_api_token(scene.resources, ana.tokens.actor)
    step_up = {"method": "totp", "code": ana.code()}
    for path, body in {
        "/auth/step-up": step_up,
        "/auth/step-up/passkey-options": None,
        "/users/me/second-factors/totp": None,
        "/users/me/second-factors/recovery-codes": None,
        "/users/me/passkeys/options": None,
        "/users/me/api-tokens": {"name": "Script", "scope": "read"},
        "/auth/oidc/links": {"token": "x" * 43},
    }.items():
        await scene.refuse(
            f"API token sends {path}",
            post(site, path, body, token.headers), SESSION_REQUIRED, UNAUTHENTICATED,
        )  # fmt: skip
    await scene.refuse(
        "API token removes the factor",
        site.delete("/api/v1/users/me/second-factors/totp", headers=token.headers), SESSION_REQUIRED,
    )  # fmt: skip
    await scene.refuse(
        "API token as refresh token",
        post(site, "/auth/refresh", {"refresh_token": token.text}), UNAUTHENTICATED,
    )  # fmt: skip
    await scene.allow("the API token reads lists", get(site, "/lists", token.headers))


async def _basic(scene: Scene) -> None:
    """HTTP Basic is for API tokens, and only for calendar apps."""
    site, ana = scene.sites.plain, await scene.app_user()
    token = await insert_api_token(scene.resources, ana.tokens.actor)
    passwords = {
        "session token": ana.tokens.access_token,
        "refresh token": ana.tokens.refresh_token,
        "password": PASSWORD,
        "API token": token.text,
    }
    for name, password in passwords.items():
        pair = base64.b64encode(f"{ana.email}:{password}".encode()).decode()
        for path in ("/users/me", "/lists"):
            await scene.refuse(
                f"{name} by HTTP Basic, {path}",
                get(site, path, {"Authorization": f"Basic {pair}"}), UNAUTHENTICATED,
            )  # fmt: skip
        to_calendar = site.request(
            "PROPFIND", CALENDARS, headers={"Authorization": f"Basic {pair}", "Depth": "0"}
        )
        if name == "API token":
            await scene.allow("the API token of a calendar app", to_calendar)
        else:
            await scene.refuse(f"{name} of a calendar app", to_calendar, UNAUTHENTICATED)


async def _ceremonies(scene: Scene) -> None:
    site = scene.sites.plain
    user, authenticator, _ = await scene.passkey_user()
    registration = await user.options()
    options = {"challenge": registration["challenge"], "rpId": "localhost"}
    await scene.refuse(
        "ceremony of a registration for a sign-in",
        site.post(SIGN_IN, json=authenticator.get(options)), BAD_CREDENTIALS,
    )  # fmt: skip
    sign_in = await sign_in_options(site)
    body = authenticator.lying(credential_id=b"another").create(
        registration | {"challenge": sign_in["challenge"]}
    )
    await scene.refuse(
        "ceremony of a sign-in for a registration",
        site.post(PASSKEYS, json=body, headers=user.headers), (422, "passkey_refused"),
    )  # fmt: skip
    step_up = (await post(site, "/auth/step-up/passkey-options", headers=user.headers)).json()
    await scene.refuse(
        "ceremony of a step-up for a sign-in",
        site.post(SIGN_IN, json=authenticator.get(step_up)), BAD_CREDENTIALS,
    )  # fmt: skip
    sign_in = await sign_in_options(site)
    await scene.refuse(
        "ceremony of a sign-in for a step-up",
        post(
            site, "/auth/step-up", authenticator.get(sign_in) | {"method": "passkey"}, user.headers
        ),
        (403, "wrong_passkey"),
    )
    stranger, _, _ = await scene.passkey_user()
    theirs = (await post(site, "/auth/step-up/passkey-options", headers=stranger.headers)).json()
    await scene.refuse(
        "own passkey in the step-up of another",
        post(
            site,
            "/auth/step-up",
            authenticator.get(theirs) | {"method": "passkey"},
            stranger.headers,
        ),
        (403, "wrong_passkey"),
    )
    await scene.allow(
        "the passkey signs in",
        site.post(SIGN_IN, json=authenticator.get(await sign_in_options(site))),
    )


async def _steps_up(scene: Scene) -> None:
    """A step-up is for its own session: another of the same account gains nothing."""
    site, email = scene.sites.plain, scene.address()
    first = await scene.registrar.register_and_verify(email)
    second = bearer((await post_login(site, email)).json()["access_token"])
    body = {"name": "Script", "scope": "read"}
    await scene.make_stale(first.actor)
    stale = bearer(first.access_token)
    await scene.refuse(
        "session beside a fresh one",
        post(site, "/users/me/api-tokens", body, stale), STEP_UP_REQUIRED,
    )  # fmt: skip
    await scene.allow(
        "the fresh session steps up",
        post(site, "/auth/step-up", {"method": "password", "password": PASSWORD}, second),
    )
    await scene.refuse(
        "session beside one that stepped up",
        post(site, "/users/me/api-tokens", body, stale), STEP_UP_REQUIRED,
    )  # fmt: skip
    refreshed = await post(site, "/auth/refresh", {"refresh_token": first.refresh_token})
    renewed = bearer(refreshed.json()["access_token"])
    await scene.refuse(
        "refreshed tokens of an old sign-in",
        post(site, "/users/me/api-tokens", body, renewed), STEP_UP_REQUIRED,
    )  # fmt: skip
    ana, ben = await scene.app_user(), await scene.app_user()
    await scene.make_stale(ana.tokens.actor)
    of_ben = {"totp": ben.code(), "recovery_code": ben.recovery_codes[0]}
    for method, code in of_ben.items():
        await scene.refuse(
            f"{method} of another account for a step-up",
            post(site, "/auth/step-up", {"method": method, "code": code}, ana.headers), WRONG_CODE,
        )  # fmt: skip
    await scene.allow(
        "the other account steps up with it",
        post(site, "/auth/step-up", {"method": "totp", "code": ben.code()}, ben.headers),
    )
    await scene.refuse(
        "session beside another account that stepped up",
        post(site, "/users/me/second-factors/recovery-codes", headers=ana.headers), STEP_UP_REQUIRED,
    )  # fmt: skip
