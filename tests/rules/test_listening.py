"""Where the API listens."""

import socket
from pathlib import Path

import pytest
import uvicorn

from api.__main__ import configuration
from tests.support.settings import plain_settings


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
async def test_the_host_of_ipv6_serves_both_families(tmp_path: Path) -> None:
    config = configuration(plain_settings(tmp_path, host="::"))
    config.port, config.lifespan = 0, "off"
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)

    await server.startup()

    families = {each.family for listener in server.servers for each in listener.sockets}
    await server.shutdown()
    assert families == {socket.AF_INET, socket.AF_INET6}
