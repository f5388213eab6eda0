"""Every request of docs/automation.md does what the page says, against a real server."""

import json
import re
import shutil
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from shared.contract.api_tokens import TokenScope
from shared.ids import ListId
from tests.clients.automation.page import (
    PAGE,
    SITE,
    Request,
    blocks,
    home_assistant,
    http_request,
    render,
)
from tests.support.api_server import InProcessNode
from tests.support.api_tokens import InsertedToken, insert_api_token
from tests.support.deadlines import http_client
from tests.support.services.processes import running
from tests.support.world_builder import World

BASH = shutil.which("bash") and shutil.which("curl")


class Site:
    """The site of the page: Ana's list, and a token that may write."""

    def __init__(self, url: str, list_id: ListId, token: InsertedToken) -> None:
        self.url = url
        self.list_id = list_id
        self.token = token

    async def send(self, request: Request) -> httpx.Response:
        async with http_client(self.url) as client:
            return await client.request(
                request.method, request.path, headers=request.headers, content=request.body
            )

    async def todos(self) -> list[dict[str, Any]]:
        answer = await self.send(Request("GET", "/api/v1/todos", self.token.headers, None))
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def add(self, title: str, **fields: Any) -> None:
        headers = {**self.token.headers, "Content-Type": "application/json"}
        body = json.dumps({"list_id": self.list_id, "title": title, **fields})
        answer = await self.send(Request("POST", "/api/v1/todos", headers, body))
        assert answer.status_code == 201, answer.text

    def environment(self, **more: str) -> dict[str, str]:
        return {
            "LIVELIST_URL": self.url, "LIVELIST_TOKEN": self.token.text, "LIST_ID": self.list_id, **more,
        }  # fmt: skip


@pytest.fixture
async def site(world: World, server: InProcessNode) -> Site:
    ana = await world.user("Ana")
    token = await insert_api_token(world.resources, ana, TokenScope.WRITE)
    return Site(server.url, await world.list(ana), token)


async def run(site: Site, script: str) -> Any:
    """Run a block of the page in a shell. Return the JSON that it prints."""
    async with running("curl", ["bash", "-c", script], site.environment()) as shell:
        assert await shell.wait() == 0, shell.log
    return json.loads(shell.log)


@pytest.mark.skipif(not BASH, reason="this machine has no curl, or no bash")
async def test_the_requests_of_curl(site: Site) -> None:
    _, count, add, follow, resume = blocks("sh")
    await site.add("Later", due={"date": "2999-01-02"})
    await site.add("Sooner", due={"date": "2999-01-01"})

    counted = await run(site, count)
    added, again = await run(site, add), await run(site, add)

    assert (counted["total"], counted["items"][0]["title"]) == (2, "Sooner")
    assert added["title"] == "Put the bins out"
    assert added["id"] == again["id"]
    assert len(await site.todos()) == 3
    async with running("follow", ["bash", "-c", follow], site.environment()) as following:
        await following.wait_for_line('"type":"subscribed"')
        [position] = [line.removeprefix("id: ") for line in following.lines if line[:4] == "id: "]
        await site.add("While it follows")
        await following.wait_for_line("While it follows")
    await site.add("While it is away")
    environment = site.environment(LAST_ID=position)
    async with running("resume", ["bash", "-c", resume], environment) as resuming:
        await resuming.wait_for_line("While it is away")
        assert "While it follows" in resuming.log


async def test_the_sensors_and_commands_of_home_assistant(site: Site) -> None:
    configuration = home_assistant()
    secrets = {"!secret livelist": f"Bearer {site.token.text}"}
    await site.add("Milk")

    [sensors] = configuration["rest"]
    states = await read_sensors(site, sensors, secrets)
    [salt, _] = configuration["automation"]
    [action] = salt["actions"]
    data = {**action["data"], "list_id": site.list_id}
    data["key"] = render(data["key"], now=lambda: datetime.now(UTC))
    command = configuration["rest_command"][action["action"].removeprefix("rest_command.")]
    first = await site.send(rest_command(command, secrets, data))
    second = await site.send(rest_command(command, secrets, data))
    completing = configuration["rest_command"]["livelist_complete"]
    done = await site.send(rest_command(completing, secrets, {"todo_id": first.json()["id"]}))

    assert states == {"Open todos": "1", "Next todo": "Milk"}
    assert first.status_code == 201
    assert first.json()["title"] == "Buy salt for the dishwasher"
    assert second.json()["id"] == first.json()["id"]
    assert done.json()["status"] == "completed"


async def read_sensors(
    site: Site, sensors: dict[str, Any], secrets: dict[str, str]
) -> dict[str, str]:
    headers = {name: secrets[value] for name, value in sensors["headers"].items()}
    path = sensors["resource"].removeprefix(SITE)
    answer = await site.send(Request("GET", path, headers, None))
    value = answer.raise_for_status().json()
    return {
        sensor["name"]: render(sensor["value_template"], value_json=value)
        for sensor in sensors["sensor"]
    }


def rest_command(command: dict[str, Any], secrets: dict[str, str], data: dict[str, str]) -> Request:
    """Return the request that Home Assistant sends for a call of a rest_command with this data."""
    headers = {
        name: secrets.get(value) or render(value, **data)
        for name, value in command["headers"].items()
    }
    return Request(
        command["method"].upper(),
        render(command["url"], **data).removeprefix(SITE),
        {**headers, "Content-Type": command["content_type"]},
        render(command["payload"], **data),
    )


async def test_the_requests_of_workflow_tools(site: Site) -> None:
    values = {"llt_…": site.token.text, "01k…": site.list_id}
    answers = []
    for block in blocks("http"):
        answer = await site.send(http_request(block, values))
        assert answer.is_success, answer.text
        answers.append(answer.json())
        values.setdefault("<todo_id>", answers[0]["id"])
    repeated = await site.send(http_request(blocks("http")[0], values))

    added, changed, completed, comment, found = answers
    assert added["title"] == "Answer the mail of the landlord"
    assert changed["description"] == "Until Thursday"
    assert changed["priority"] == added["priority"]
    assert completed["status"] == "completed"
    assert comment["todo_id"] == added["id"]
    assert [todo["id"] for todo in found["items"]] == [added["id"]]
    assert repeated.json()["id"] == added["id"]


def test_every_block_of_the_page_is_tried() -> None:
    languages = re.findall(r"^```(\w*)$", PAGE.read_text(), re.MULTILINE)

    assert {name for name in languages if name} == {"sh", "yaml", "json", "http"}
    assert len(blocks("sh")) == 5
