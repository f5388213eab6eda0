"""API and worker in one process, without any broker: requests, mail, sockets and shutdown."""

import asyncio
import re
import signal
import sys
from pathlib import Path
from typing import Any

import httpx

from console.processes.broker import free_port
from tests.support.deadlines import DEADLINE_SECONDS, http_client
from tests.support.realtime.presence_sockets import enter
from tests.support.realtime.websocket_client import socket_to
from tests.support.services.processes import running


async def get(client: httpx.AsyncClient, path: str) -> Any:
    return (await client.get(path)).json()


async def use_list(client: httpx.AsyncClient, port: int, link: str) -> tuple[set[str], str]:
    """Sign in and create a list and a todo. Return who is present, and the title in the event."""
    arrived = await client.post("/api/v1/auth/verify-email", json={"token": link})
    token = arrived.json()["access_token"]
    client.headers["Authorization"] = f"Bearer {token}"
    created = (await client.post("/api/v1/lists", json={"name": "Groceries"})).json()
    stream = (await get(client, f"/api/v1/lists/{created['id']}/snapshot"))["stream"]
    async with socket_to(f"ws://127.0.0.1:{port}/ws", hello={"token": token}) as socket:
        present = await enter(socket, created["id"], stream["epoch"])
        await client.post("/api/v1/todos", json={"list_id": created["id"], "title": "Milk"})
        event = await socket.receive_until(lambda frame: frame.get("event") == "todo.created")
    return present, event["data"]["todo"]["title"]


async def test_one_process_serves_requests_mail_and_sockets_and_stops_cleanly(
    tmp_path: Path,
) -> None:
    port = free_port()
    environment = {
        "DATA_DIR": str(tmp_path),
        "PORT": str(port),
        "HOST": "127.0.0.1",
        "REDIS_URL": "memory://",
        "DATABSE_URL": "postgres://misspelled",
    }
    command = [sys.executable, "-m", "console", "up"]
    async with (
        running("up", command, environment) as child,
        http_client(f"http://127.0.0.1:{port}") as client,
    ):
        await child.wait_for_line("is ready")
        body = {"email": "ana@example.com", "password": "correct horse battery", "name": "Ana"}
        registered = await client.post("/api/v1/auth/register", json=body)
        assert registered.status_code == 202

        async with asyncio.timeout(DEADLINE_SECONDS):
            while [mail["to"] for mail in await get(client, "/dev/mail.json")] != [body["email"]]:
                await asyncio.sleep(0.1)
            while (await get(client, "/health/ready"))["status"] != "ok":
                await asyncio.sleep(0.1)
        [mail] = await get(client, "/dev/mail.json")
        link = re.search(r"#token=(\S+)", mail["text"])
        assert link is not None
        present, title = await use_list(client, port, link[1])
        child.send_group(signal.SIGINT)
        code = await child.wait()

    assert (present, title) == ({"Ana"}, "Milk")
    assert code == 0
    assert "kept in the development mailbox" in child.log
    assert "DATABSE_URL is no setting: did you mean DATABASE_URL?" in child.log
    assert "Traceback" not in child.log
    assert "starting it again" not in child.log
