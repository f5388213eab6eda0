"""A mail is opened, its link followed by somebody who is not signed in, and such mails stop."""

from playwright.async_api import expect

from tests.journeys.conftest import MakePerson, mail_link
from tests.journeys.test_notifications import share


async def test_invitations_are_stopped_from_the_mail_without_a_session(person: MakePerson) -> None:
    emil, fred = await person("Emil"), await person("Fred")
    await share(fred, emil, "Garden")
    context = await emil.page.context.browser.new_context()  # type: ignore[union-attr]
    page = await context.new_page()

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
    await context.close()
