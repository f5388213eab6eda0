"""Starting several API processes: their sockets, and a machine that cannot start one."""

import asyncio
import errno
import socket

import pytest

from api import processes
from tests.support.deadlines import DEADLINE_SECONDS


async def test_a_process_that_cannot_be_started_is_tried_again_and_named(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def refuse(*arguments: object, **options: object) -> asyncio.subprocess.Process:
        raise OSError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr(asyncio, "create_subprocess_exec", refuse)
    monkeypatch.setattr(processes, "FIRST_PAUSE_SECONDS", 0.001)

    async with asyncio.timeout(DEADLINE_SECONDS):
        code = await processes.run_processes([[]])

    assert code == 1
    assert sum("Resource temporarily unavailable" in each for each in caplog.messages) == 5


def test_all_addresses_of_a_name_are_listened_on(
    monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int
) -> None:
    def addresses(host: str, port: int, **options: object) -> list[tuple[object, ...]]:
        # The last one is no address of this machine, as ::1 without IPv6.
        names = ("127.0.0.1", "127.0.0.2", "127.0.0.1", "192.0.2.9")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (name, port)) for name in names]

    monkeypatch.setattr(socket, "getaddrinfo", addresses)

    for group in processes.bind_sockets("box", unused_tcp_port, 2):
        assert [each.getsockname()[0] for each in group] == ["127.0.0.1", "127.0.0.2"]
        for each in group:
            each.close()
