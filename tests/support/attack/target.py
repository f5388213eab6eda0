"""The server that is attacked: an API and a worker in processes of their own, with accounts and secrets.

Every secret of the target is a text that occurs nowhere else. `transcript` holds what the attack has
received; tests/attack/canary_secrets.py searches it.
"""

import asyncio
import json
import random
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from sqlalchemy.engine import make_url

from shared.resources import Resources, open_resources
from shared.settings import Settings
from tests.support.api_server import ApiNode
from tests.support.attack.secrets import Secrets
from tests.support.deadlines import http_client
from tests.support.faults.api_nodes import ProcessNode, api_process, free_port
from tests.support.faults.forked_workers import worker_environment
from tests.support.services.processes import Child, running
from tests.support.services.provider import SigningProvider
from tests.support.services.smtp import SmtpServer
from tests.support.settings import plain_settings
from tests.support.world_builder import World

# With less time for each part, the attack has the size of the test suite.
QUICK_SECONDS = 5.0
WORKER = ["-m", "worker"]


@dataclass(frozen=True)
class Received:
    """A text that the attack received: `reader` is the account that it was sent to, or a place."""

    reader: str
    source: str
    text: str


@dataclass
class Target:
    settings: Settings
    resources: Resources
    node: ProcessNode
    worker: Child
    smtp: SmtpServer
    # The site signs users in with it.
    provider: SigningProvider
    client: httpx.AsyncClient
    secrets: Secrets
    random: random.Random
    # About how long a part may take that draws until its time is up.
    seconds: float
    transcript: list[Received] = field(default_factory=list)

    @property
    def is_quick(self) -> bool:
        return self.seconds < QUICK_SECONDS

    @property
    def world(self) -> World:
        return World(self.resources)

    def record(self, reader: str, source: str, text: str) -> None:
        self.transcript.append(Received(reader, source, text))

    async def assert_alive(self) -> None:
        assert self.node.process.returncode is None, "the API process ended"
        assert self.worker.returncode is None, "the worker process ended"
        answer = await self.client.get("/health/live")
        assert answer.status_code == 200, f"/health/live answers {answer.status_code}"


@asynccontextmanager
async def open_target(
    database_url: str, redis_url: str, folder: Path, seed: str, *, seconds: float
) -> AsyncIterator[Target]:
    """Yield the target on an empty, migrated database; each part may take about `seconds`."""
    secrets = Secrets(random.Random(f"secrets {seed}"))
    database_url = _with_password(database_url, secrets["database password"])
    settings = plain_settings(
        folder, database_url=database_url, redis_url=redis_url, secret_key=secrets["SECRET_KEY"],
        metrics_token=secrets["metrics token"], inbound_mail_listen=f"127.0.0.1:{free_port()}",
    )  # fmt: skip
    async with AsyncExitStack() as stack:
        smtp = SmtpServer(username="livelist", password=secrets["SMTP password"])
        await stack.enter_async_context(smtp)
        provider = await stack.enter_async_context(SigningProvider())
        resources = await stack.enter_async_context(open_resources(settings))
        environment = {
            **worker_environment(settings, smtp.host, smtp.port),
            "MAIL_USERNAME": smtp.username,
            "MAIL_PASSWORD": smtp.password,
            "SECRET_KEY": secrets["SECRET_KEY"],
            "METRICS_TOKEN": secrets["metrics token"],
            "INBOUND_MAIL_DOMAIN": settings.inbound_mail.domain,
            "INBOUND_MAIL_LISTEN": settings.inbound_mail.listen,
            "LOG_LEVEL": "DEBUG",
            "OIDC_PROVIDERS": json.dumps([provider.setting()]),
        }
        # The other way round on the other database.
        log_formats = ("json", "text") if settings.database.is_sqlite else ("text", "json")
        node, worker = await asyncio.gather(
            stack.enter_async_context(
                api_process(settings, **environment | {"LOG_FORMAT": log_formats[0]})
            ),
            stack.enter_async_context(_worker(environment | {"LOG_FORMAT": log_formats[1]})),
        )
        client = await stack.enter_async_context(client_of(node))
        yield Target(
            settings, resources, node, worker, smtp, provider, client, secrets, random.Random(seed),
            seconds,
        )  # fmt: skip


def client_of(node: ApiNode) -> httpx.AsyncClient:
    return http_client(node.url)


@asynccontextmanager
async def _worker(environment: dict[str, str]) -> AsyncIterator[Child]:
    async with running("worker", [sys.executable, *WORKER], environment) as worker:
        await worker.wait_for_line("worker ready")
        yield worker


def _with_password(database_url: str, password: str) -> str:
    """Return the URL with a password, which the database of the tests does not ask for."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        return database_url
    return url.set(password=password).render_as_string(hide_password=False)
