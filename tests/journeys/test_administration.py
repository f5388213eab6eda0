"""Administration in the browser: a dead letter is retried, and a moderator sees the users alone."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from shared.accounts.administration import AccountEdit, edit_as_operator
from shared.accounts.personal_data.deletion import request_deletion
from shared.contract.shapes import SiteRole
from shared.resources import Resources
from shared.settings import Settings
from tests.journeys.conftest import OpenContext
from tests.support.api_server import served
from tests.support.registration import PASSWORD, Registrar
from tests.support.services.smtp import SmtpServer
from tests.support.worker.job_builder import JobBuilder
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World
from tests.worker.conftest import settings as settings_with_mail
from tests.worker.conftest import smtp, worker

__all__ = ["smtp", "worker"]

settings = settings_with_mail
SignIn = Callable[[SiteRole], Awaitable[Page]]
# What users see does not depend on the kind of database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest_asyncio.fixture
async def sign_in(
    settings: Settings, resources: Resources, registrar: Registrar, new_context: OpenContext
) -> AsyncIterator[SignIn]:
    """Sign in a user of a site role, and open the administration by its link."""
    async with served(settings) as server:

        async def open_as(role: SiteRole) -> Page:
            email = f"{role}@example.com"
            await registrar.register_and_verify(email, name=role.title())
            async with resources.begin() as work:
                await edit_as_operator(work, email, AccountEdit(site_role=role))
            page = await (await new_context()).new_page()
            await page.goto(f"http://localhost:{server.port}/sign-in")
            await page.fill("[name=email]", email)
            await page.fill("[name=password]", PASSWORD)
            await page.keyboard.press("Enter")
            await expect(page.locator(".page h1")).to_have_text("Inbox")
            return page

        yield open_as


async def test_an_administrator_retries_a_dead_letter_and_it_succeeds(
    sign_in: SignIn, world: World, worker: WorkerHarness, smtp: SmtpServer
) -> None:
    page = await sign_in(SiteRole.ADMIN)
    await page.click(".side >> text=Administration")
    await expect(page.locator("ll-admin-users")).to_contain_text("admin@example.com")
    await page.click(".admin-nav >> text=Jobs")
    await expect(page.locator("ll-admin-jobs")).to_contain_text("No dead letters")

    jobs = JobBuilder(world.resources)
    (job,) = await jobs.add_messages(await world.user("Ben"))
    smtp.reject("550 5.1.1 no such user")
    await worker.run_once()

    # The page looks by itself.
    row = page.locator("ll-admin-jobs tr", has_text="the mail server answered 550")
    await expect(row).to_contain_text("Message of an administrator")
    await row.get_by_role("button", name="Retry").click()
    await expect(page.locator("ll-toasts")).to_contain_text("The job runs again.")
    await worker.run_once()

    await expect(page.locator("ll-admin-jobs")).to_contain_text("No dead letters")
    assert (await jobs.read_job(job)).state == "done"
    assert "message 0" in str(smtp.received[-1].subject)


async def test_an_administrator_keeps_an_account_that_will_be_deleted_and_sees_who_may_register(
    sign_in: SignIn, registrar: Registrar, resources: Resources
) -> None:
    page = await sign_in(SiteRole.ADMIN)
    lena = (await registrar.register_and_verify("lena@example.com", name="Lena")).actor
    async with resources.begin() as work:
        await request_deletion(work, lena, 7)
    await page.click(".side >> text=Administration")
    await expect(page.locator("ll-admin-users tr", has_text="Lena")).to_contain_text(
        "Will be deleted on"
    )
    await page.click("ll-admin-users a:has-text('Lena')")
    await expect(page.locator("ll-admin-user")).to_contain_text("asked to delete this account")
    await page.get_by_role("button", name="Enable and keep").click()
    dialog = page.get_by_role("dialog", name="Keep the account of Lena?")
    await expect(dialog).to_contain_text("It will not be deleted")
    await dialog.get_by_role("button", name="Enable and keep").click()
    await expect(page.locator("ll-toasts")).to_contain_text("Lena can sign in again.")
    await expect(page.locator(".admin-facts")).to_contain_text("Active")
    assert (await registrar.account("lena@example.com")).status == "active"

    await page.click(".admin-nav >> text=System")
    registration = page.locator("ll-admin-system tr", has_text="REGISTRATION_OPEN")
    await expect(registration).to_contain_text("true")
    await expect(page.locator("ll-admin-system")).to_contain_text("The environment sets them")


async def test_a_moderator_sees_users_only_and_a_user_no_administration(sign_in: SignIn) -> None:
    moderator = await sign_in(SiteRole.MODERATOR)
    await moderator.click(".side >> text=Administration")
    await expect(moderator.locator(".admin-nav a")).to_have_text(["Users"])
    await moderator.click("ll-admin-users a:has-text('Moderator')")
    await expect(moderator.locator(".admin-facts")).to_contain_text("moderator@example.com")
    await expect(moderator.locator("ll-admin-user button, ll-admin-user select")).to_have_count(0)

    user = await sign_in(SiteRole.USER)
    scripts: list[str] = []
    user.on("request", lambda request: scripts.append(request.url))
    await expect(user.locator(".side >> text=Administration")).to_have_count(0)
    await user.goto(user.url.partition("/lists")[0].rstrip("/") + "/admin/users")

    await expect(user.locator(".page h1")).to_have_text("There is no such page")
    assert not any("lazy_admin" in url for url in scripts)
