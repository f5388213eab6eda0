"""Samples of the observed processes, from /proc, /metrics, the broker and the database."""

import asyncio
import os
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from redis.exceptions import RedisError
from sqlalchemy import text

from shared.clock import monotonic
from shared.resources import Resources
from tests.support.services.processes import Child

# Time limit for reading /metrics on this machine.
ANSWER_SECONDS = 5.0


@dataclass(frozen=True)
class ObservedProcess:
    """One of our processes, and the address of its metrics."""

    name: str
    process: Child
    metrics_url: str


class ProcessMetrics:
    """Samples by name: (seconds since the start, value). A value that cannot be read is left out."""

    def __init__(self, resources: Resources, observed: list[ObservedProcess]) -> None:
        self.samples: dict[str, list[tuple[float, float]]] = {}
        self._resources = resources
        self._observed = observed
        self._start = monotonic()

    async def sample(self) -> None:
        """Add one sample of every value."""
        for observed in self._observed:
            self._add(f"{observed.name} RSS", _resident_mb(observed.process.pid))
            self._add(f"{observed.name} files", _open_files(observed.process.pid))
            page = await asyncio.to_thread(_read, observed.metrics_url)
            self._add(f"{observed.name} tasks", _metric(page, "livelist_tasks"))
            if observed.name == "api":
                self._add("sockets", _metric(page, "livelist_sockets"))
                self._add("streams", _metric(page, "livelist_hub_streams"))
        await self._sample_broker()
        self._add("database", await self._database_mb())

    async def _sample_broker(self) -> None:
        assert self._resources.redis is not None
        try:
            info = await self._resources.redis.info()
        except (RedisError, OSError, TimeoutError):
            return
        self._add("redis clients", float(info["connected_clients"]))
        self._add("redis memory", info["used_memory"] / 1e6)

    async def _database_mb(self) -> float:
        if self._resources.database.is_sqlite:
            file = Path(self._resources.settings.database.url.partition("///")[2])
            files = file.parent.glob(file.name + "*")
            return sum(path.stat().st_size for path in files) / 1e6
        async with self._resources.begin_read() as read:
            size = text("SELECT pg_database_size(current_database())")
            return float(await read.connection.scalar(size) or 0) / 1e6

    def _add(self, name: str, value: float | None) -> None:
        if value is not None:
            self.samples.setdefault(name, []).append((monotonic() - self._start, value))

    def last(self, name: str) -> float:
        """Return the newest sample; not a number before the first."""
        return self.samples[name][-1][1] if name in self.samples else float("nan")


def _resident_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _open_files(pid: int) -> float:
    return float(len(os.listdir(f"/proc/{pid}/fd")))


def _read(url: str) -> str:
    with urllib.request.urlopen(url, timeout=ANSWER_SECONDS) as answer:  # noqa: S310  our own
        page: bytes = answer.read()
    return page.decode()


def _metric(page: str, name: str) -> float | None:
    line = next((line for line in page.splitlines() if line.startswith(name + " ")), None)
    return None if line is None else float(line.split(" ")[1])
