"""The payloads that docs/automation.md shows are those that a webhook sends."""

import json

from shared.ids import TodoId
from shared.todos.commands.complete import complete_todo
from shared.todos.commands.create import create_todo
from shared.todos.rules.todo_edits import NewTodo, Placement
from shared.webhooks.deliveries import request_test
from tests.clients.automation.page import blocks, differences, home_assistant, render
from tests.support.worker.webhooks import WebhookScenario


async def test_the_payloads_of_the_page_are_sent(hook: WebhookScenario) -> None:
    new = NewTodo.model_validate(
        {"title": "Milk", "description": "Two litres", "priority": 3, "due": {"date": "2026-12-24"}}
    )
    todo = await hook.world.run(create_todo, hook.ana, hook.list_id, new, Placement())
    await hook.world.run(complete_todo, hook.ana, TodoId(todo.id))
    await hook.run()
    await hook.world.run(request_test, hook.ben, hook.webhook_id)
    await hook.run()

    created, completed, test = hook.receiver.bodies
    shown = [json.loads(block) for block in blocks("json")]

    assert len(shown) == 3
    for on_page, real in zip(shown, (created, completed, test), strict=True):
        assert differences(on_page, real) == []
    # What the automation of Home Assistant reads from it.
    automation = home_assistant()["automation"][-1]
    trigger = {"json": created}
    assert render(automation["conditions"], trigger=trigger) == "True"
    [action] = automation["actions"]
    assert render(action["data"]["message"], trigger=trigger) == "Milk"
    assert render(automation["conditions"], trigger={"json": completed}) == "False"
