"""The unsubscribe link of a mail, followed without being signed in, stops such mails."""

from playwright.async_api import expect

from tests.journeys.conftest import OpenContext, SignUp
from tests.support.web.dev_mail import mail_link


async def test_invitations_are_stopped_from_the_mail_without_a_session(
    sign_up: SignUp, new_context: OpenContext
) -> None:
    emil, fred = await sign_up("Emil"), await sign_up("Fred")
    await fred.share_new_list(emil, "Garden")
    page = await (await new_context()).new_page()

    await page.goto(await mail_link(emil.service, emil.email, "mail-preferences"))
    await expect(page.locator("ll-mail-page")).to_contain_text("e…@example.org")
    assert "token" not in page.url
    box = page.get_by_role("checkbox", name="Somebody invites me to a list")
    await expect(box).to_be_checked()
    await page.get_by_role("button", name="Stop mails about invitations").click()

    await expect(page.locator(".mail-stopped")).to_contain_text(
        "You get no mails about invitations"
    )
    await expect(box).not_to_be_checked()
    await emil.page.goto(f"{emil.service}/settings")
    mail = emil.page.get_by_role("checkbox", name="Somebody invites me to a list: Mail")
    await expect(mail).not_to_be_checked()
