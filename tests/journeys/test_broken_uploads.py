"""An upload whose connection is cut: said, sent again by itself, and stored exactly once."""

import asyncio
import random
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import expect

from console.processes.broker import free_port
from tests.journeys.conftest import OpenContext
from tests.support.deadlines import DEADLINE_SECONDS, http_client
from tests.support.faults.client_proxy import ClientProxy, open_client_proxy
from tests.support.services.processes import running
from tests.support.web.browser_user import PASSWORD, BrowserUser

PLAN = random.Random(14).randbytes(8 * 1024 * 1024)


@pytest_asyncio.fixture
async def proxy(tmp_path: Path) -> AsyncIterator[ClientProxy]:
    """The proxy before a service of its own: its port is in the service's address."""
    port = free_port()
    async with AsyncExitStack() as stack:
        opened = await stack.enter_async_context(open_client_proxy(port))
        environment = {
            "DATA_DIR": str(tmp_path),
            "PORT": str(port),
            "HOST": "127.0.0.1",
            "PUBLIC_URL": f"http://localhost:{opened.port}",
            "REDIS_URL": "",
            "DATABASE_URL": "",
            "RATE_LIMITS": "false",
        }
        program = [sys.executable, "-m", "console", "up"]
        child = await stack.enter_async_context(running("up", program, environment))
        await child.wait_for_line("is ready")
        yield opened


class _Server:
    """What the service has of the todo, asked beside the proxy."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def sign_in(self, email: str) -> None:
        body = {"email": email, "password": PASSWORD}
        token = (await self._client.post("/auth/login", json=body)).json()["access_token"]
        self._client.headers["Authorization"] = f"Bearer {token}"
        found = (await self._client.get("/todos", params={"search": "Build a shed"})).json()
        self._todo = found["items"][0]["id"]

    async def files(self) -> list[Any]:
        answer = await self._client.get(f"/todos/{self._todo}/attachments")
        return list(answer.json()["items"])

    async def content(self, file: Any) -> bytes:
        return (await self._client.get(f"/attachments/{file['id']}/content")).content


@pytest.mark.parametrize("cut", ["in the middle", "before its answer"])
async def test_an_upload_that_is_cut_is_sent_again_and_stored_once(
    proxy: ClientProxy, new_context: OpenContext, cut: str
) -> None:
    page = await (await new_context()).new_page()
    hana = BrowserUser("Hana", page, f"http://localhost:{proxy.port}")
    await hana.sign_up()
    await hana.add("Build a shed")
    await page.keyboard.press("Escape")
    await hana.row("Build a shed").locator(".row-open").click()
    upload = page.locator(".file", has_text="plan.bin")
    async with http_client(f"http://127.0.0.1:{proxy.target}/api/v1") as client:
        server = _Server(client)
        await server.sign_in(hana.email)
        if cut == "in the middle":
            proxy.most_bytes = 2 * 1024 * 1024
        else:
            proxy.keeps_answers = True
        await page.locator("input[name=files]").set_input_files(
            {"name": "plan.bin", "mimeType": "application/octet-stream", "buffer": PLAN}
        )
        await expect(upload.locator("progress")).to_be_visible()
        await page.wait_for_function("() => document.querySelector('.file progress').value > 0.1")
        if cut == "before its answer":
            async with asyncio.timeout(DEADLINE_SECONDS):
                while not await server.files():
                    await asyncio.sleep(0.05)
        else:
            assert await server.files() == []

        proxy.cut()

        await expect(upload.locator("progress")).to_have_count(0)
        said = upload.locator(".problem, [role=status]")
        await expect(said).to_contain_text("The server cannot be reached.")
        await page.wait_for_selector(".side .badge.is-offline", state="attached")
        proxy.mend()

        # Nothing was pressed.
        await expect(page.get_by_label("Download plan.bin")).to_be_visible()
        await expect(page.locator(".file")).to_have_count(1)
        [file] = await server.files()
        assert await server.content(file) == PLAN
        assert file["size_bytes"] == len(PLAN)
        await page.reload()
        await expect(page.locator(".file")).to_have_count(1)
