"""Taking an account over by linking a sign-in at a provider to it."""

from collections.abc import Awaitable
from typing import Any

import httpx

from tests.attack.sign_in.scene import (
    LINK_EXPIRED,
    STATE_INVALID,
    STEP_UP_REQUIRED,
    UNAUTHENTICATED,
    Scene,
    bearer,
)
from tests.support.features.provider_browser import ProviderBrowser
from tests.support.registration import PASSWORD

NOT_VERIFIED = (403, "email_not_verified")


async def run(scene: Scene) -> None:
    site, corp = scene.sites.providers, scene.corp
    site.cookies.clear()
    ana_email, ben_email, subject = scene.address(), scene.address(), scene.address()
    ana = await scene.registrar.register_and_verify(ana_email)
    ben = await scene.registrar.register_and_verify(ben_email)
    stranger = ProviderBrowser(site)
    as_ana = ProviderBrowser(site, bearer(ana.access_token))
    as_ben = ProviderBrowser(site, bearer(ben.access_token))

    for name, verified in {"false": False, "absent": None, "number": 1}.items():
        claims: dict[str, Any] = {"sub": subject, "email": ana_email, "email_verified": verified}
        sent = corp.authorize(await stranger.start(), **claims)
        await scene.refuse(f"same address, verified is {name}", stranger.finish(sent), NOT_VERIFIED)

    with scene.tally.attempt(f"{scene.family}: same verified address"):
        before = await scene.kept()
        asked = (await stranger.sign_in(corp, sub=subject, email=ana_email)).json()
        scene.tally.refused += asked["outcome"] == "link_required"
        assert (asked["outcome"], asked["sign_in"]) == ("link_required", None), asked["outcome"]
        assert await scene.kept() == before, "it changed something"
    token = asked["link_token"]

    def confirm(browser: ProviderBrowser, sent: str = token) -> Awaitable[httpx.Response]:
        return browser.post("/auth/oidc/links", token=sent)

    await scene.refuse("link ticket without a session", confirm(stranger), UNAUTHENTICATED)
    await scene.refuse("link ticket of another user", confirm(as_ben), LINK_EXPIRED)
    await scene.refuse(
        "link ticket as access token",
        confirm(ProviderBrowser(site, bearer(token))),
        UNAUTHENTICATED,
    )
    await scene.refuse("invented link ticket", confirm(as_ana, "x" * 43), LINK_EXPIRED)
    await scene.make_stale(ana.actor)
    await scene.refuse("link ticket without a recent sign-in", confirm(as_ana), STEP_UP_REQUIRED)
    await scene.refuse(
        "linking without a recent sign-in", as_ana.post("/users/me/identities", provider="corp"),
        STEP_UP_REQUIRED,
    )  # fmt: skip
    body = {"method": "password", "password": PASSWORD}
    await scene.allow("a step-up", as_ana.post("/auth/step-up", **body))
    await scene.allow("the link ticket of the own account", confirm(as_ana))
    await scene.refuse("link ticket again", confirm(as_ana), LINK_EXPIRED)

    url = (await as_ben.post("/users/me/identities", provider="corp")).json()["url"]
    await scene.refuse(
        "subject that another account has",
        as_ben.finish(corp.authorize(url, sub=subject, email=ben_email)), (409, "identity_taken"),
    )  # fmt: skip
    url = (await as_ben.post("/users/me/identities", provider="corp")).json()["url"]
    sent = corp.authorize(url, sub=scene.address(), email=scene.address())
    await scene.refuse("linking finished by another user", as_ana.finish(sent), STATE_INVALID)
    url = (await as_ben.post("/users/me/identities", provider="corp")).json()["url"]
    sent = corp.authorize(url, sub=scene.address(), email=scene.address())
    await scene.refuse("linking finished without a session", stranger.finish(sent), STATE_INVALID)
    site.cookies.clear()
