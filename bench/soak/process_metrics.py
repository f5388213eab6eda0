"""What the soak reads of the processes it watches: /proc, /metrics, the broker, the database."""

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

# The page is read once in ten seconds, from this machine.
ANSWER_SECONDS = 5.0


@dataclass(frozen=True)
class Watched:
    """A process of ours, and where it shows its metrics."""

    name: str
    process: Child
    metrics_url: str


class Gauges:
    """Samples by name: (seconds since the start, value). What cannot be read now is left out."""

    def __init__(self, resources: Resources, watched: list[Watched]) -> None:
        self.samples: dict[str, list[tuple[float, float]]] = {}
        self._resources = resources
        self._watched = watched
        self._start = monotonic()

    async def sample(self) -> None:
        """Everything has one more sample."""
        for one in self._watched:
            self._note(f"{one.name} RSS", _resident_mb(one.process.pid))
            self._note(f"{one.name} files", _open_files(one.process.pid))
            page = await asyncio.to_thread(_read, one.metrics_url)
            self._note(f"{one.name} tasks", _metric(page, "livelist_tasks"))
            if one.name == "api":
                self._note("sockets", _metric(page, "livelist_sockets"))
                self._note("streams", _metric(page, "livelist_hub_streams"))
        await self._sample_broker()
        self._note("database", await self._database_mb())

    async def _sample_broker(self) -> None:
        assert self._resources.redis is not None
        try:
            info = await self._resources.redis.info()
        except (RedisError, OSError, TimeoutError):
            return
        self._note("redis clients", float(info["connected_clients"]))
        self._note("redis memory", info["used_memory"] / 1e6)

    async def _database_mb(self) -> float:
        if self._resources.database.is_sqlite:
            file = Path(self._resources.settings.database.url.partition("///")[2])
            return sum(one.stat().st_size for one in file.parent.glob(file.name + "*")) / 1e6
        async with self._resources.begin_read() as read:
            size = text("SELECT pg_database_size(current_database())")
            return float(await read.connection.scalar(size) or 0) / 1e6

    def _note(self, name: str, value: float | None) -> None:
        if value is not None:
            self.samples.setdefault(name, []).append((monotonic() - self._start, value))

    def last(self, name: str) -> float:
        """Returns the newest sample; not a number before the first."""
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
