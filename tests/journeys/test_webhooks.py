"""An owner connects a list with a program of hers, tests it, and sends again what it missed."""

from playwright.async_api import expect

from tests.journeys.conftest import SignUp
from tests.support.services.webhook_receiver import WebhookReceiver, verify


async def test_an_owner_makes_a_webhook_tests_it_and_sends_an_event_again(sign_up: SignUp) -> None:
    async with WebhookReceiver() as receiver:
        ana = await sign_up("Ana")
        await ana.make_list("Shopping")
        await ana.page.get_by_role("button", name="More about this list").click()
        await ana.page.locator(".menu-item", has_text="Webhooks").click()
        section = ana.page.locator("ll-webhooks")
        await expect(section.get_by_label("Webhooks of")).to_contain_text("Shopping")

        await section.get_by_label("What is it for?").fill("Lights at home")
        await section.get_by_label("Address").fill(receiver.url)
        await section.get_by_label("It sends").select_option("New todos")
        await section.get_by_role("button", name="Create webhook").click()
        secret = await section.get_by_label("The secret of “Lights at home”").input_value()
        await section.get_by_role("button", name="Test: Lights at home").click()

        await expect(section.locator(".webhook-log")).to_contain_text("delivered · status 201")
        [test] = await receiver.wait_for(1)
        assert verify(secret, test)

        await ana.page.go_back()
        await ana.add("Bread")
        [_, event] = await receiver.wait_for(2)
        assert receiver.bodies[1]["data"]["todo"]["title"] == "Bread"
        assert verify(secret, event)
        await ana.page.go_forward()
        await section.get_by_role("button", name="Log: Lights at home").click()
        await section.get_by_role("button", name="Send again: todo.created").click()

        await receiver.wait_for(3)
        assert receiver.ids[1] == receiver.ids[2]
        assert receiver.received[1].body == receiver.received[2].body
        await expect(section.locator(".webhook-log")).to_contain_text("todo.created · again")
