"""A person lets programs in: by the consent page, by a code on /device, and disconnects one."""

from urllib.parse import urlencode

import httpx
from playwright.async_api import Page, Route, expect

from tests.journeys.conftest import OpenContext, SignUp
from tests.support.deadlines import http_client
from tests.support.features.oauth import DEVICE_GRANT, REDIRECT, make_verifier, parameters_of
from tests.support.web.browser_user import PASSWORD


async def test_programs_are_let_in_and_disconnected(
    service: str, sign_up: SignUp, new_context: OpenContext
) -> None:
    ana = await sign_up("Ana")
    async with http_client(service) as program:
        # She is signed out in this browser, and comes back to the question.
        page = await (await new_context()).new_page()
        by_consent = await _connect_by_consent(program, page, ana.email)
        by_device = await _connect_by_device(program, ana.page)

        await ana.page.goto(f"{service}/settings")
        rows = ana.page.locator("ll-applications .plain-row")
        await expect(rows).to_have_count(2)
        await ana.page.click("[aria-label='Disconnect <b>Planner</b>']")
        await ana.page.get_by_role("button", name="Disconnect", exact=True).last.click()
        await expect(rows).to_have_count(1)

        statuses = [
            (
                await program.get("/api/v1/lists", headers={"Authorization": f"Bearer {token}"})
            ).status_code
            for token in (by_consent, by_device)
        ]
        assert statuses == [401, 200]


async def _connect_by_consent(program: httpx.AsyncClient, page: Page, email: str) -> str:
    metadata = {"client_name": "<b>Planner</b>", "redirect_uris": [REDIRECT]}
    registered = await program.post("/oauth/register", json=metadata)
    client_id = registered.json()["client_id"]
    verifier, challenge = make_verifier()
    request = {
        "response_type": "code", "client_id": client_id, "redirect_uri": REDIRECT, "scope": "read write",
        "state": "some state", "code_challenge": challenge, "code_challenge_method": "S256",
    }  # fmt: skip
    reached: list[str] = []

    async def answer(route: Route) -> None:
        reached.append(route.request.url)
        await route.fulfill(body="The program goes on.", content_type="text/plain")

    await page.route("https://program.example/**", answer)
    await page.goto(f"{program.base_url}/oauth/authorize?{urlencode(request)}")
    await page.fill("[name=email]", email)
    await page.fill("[name=password]", PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_have_text("Let “<b>Planner</b>” in?")
    await expect(page.locator(".entry-card")).to_contain_text("program.example")
    assert reached == []
    await page.get_by_label("It may").select_option("read")
    await page.get_by_role("button", name="Allow").click()
    await expect(page.locator("body")).to_contain_text("The program goes on.")
    (address,) = reached
    form = {
        "grant_type": "authorization_code",
        "client_id": client_id,
        "redirect_uri": REDIRECT,
        "code": parameters_of(address)["code"],
        "code_verifier": verifier,
    }
    issued = (await program.post("/oauth/token", data=form)).json()
    assert issued["scope"] == "read"
    return str(issued["access_token"])


async def _connect_by_device(program: httpx.AsyncClient, page: Page) -> str:
    asked = {"client_id": "livelist-cli", "scope": "read write"}
    started = (await program.post("/oauth/device_authorization", data=asked)).json()
    await page.goto(started["verification_uri_complete"])
    await expect(page.get_by_label("Code")).to_have_value(started["user_code"])
    await page.get_by_role("button", name="Go on").click()
    await expect(page.locator("h1")).to_have_text("Let “Livelist command line” in?")
    await page.get_by_role("button", name="Allow").click()
    await expect(page.locator("h1")).to_have_text("Connected")
    form = {
        "grant_type": DEVICE_GRANT,
        "client_id": "livelist-cli",
        "device_code": started["device_code"],
    }
    return str((await program.post("/oauth/token", data=form)).json()["access_token"])
