"""Measure the points of the series on one API process, in interleaved rounds."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
import orjson

from bench.growth.series import Point, Series
from bench.rest.dataset import session_id, user_id
from bench.rest.load_client import MARK, LoadClient, LoadError, Request, json_request
from bench.rest.measure import cpu_seconds_with_children
from bench.rest.servers import Livelist, RestEnv, RunningServer
from shared.accounts.authentication.access_tokens import make_access_token
from shared.settings import Settings

# For a page of a large database that nothing supports yet.
ANSWER_SECONDS = 60.0
TITLE = "Buy oat milk"


@dataclass(frozen=True)
class Time:
    """The median time of a request in milliseconds, and the processor time in microseconds.

    The processor time is that of the server and of Postgres. It is the same on a busy machine.
    """

    p50: float
    cpu_us: float


@dataclass
class Times:
    """The times of the rounds of each point, and what went wrong."""

    by_point: dict[Point, list[Time]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class GrowthRun:
    """The means of a run on one database. Durations are those of one measurement."""

    env: RestEnv
    client: LoadClient
    database: str
    rounds: int
    postgres_pid: int | None
    warm_up_ms: int = 150
    window_ms: int = 500

    async def measure(self, series: Sequence[Series], times: Times) -> None:
        """Start an API process, measure every point in each round, and add the times."""
        points = [point for one in series for point in one.points]
        async with Livelist("livelist", "", database=self.database).serve(self.env) as server:
            requests: dict[Point, Request] = {}
            for point in points:
                try:
                    requests[point] = await _request(
                        self.env.settings[self.database], server, point
                    )
                except (LoadError, httpx.HTTPError) as error:
                    times.failures.append(f"{point.path}: {error!r}")
            for _ in range(self.rounds):
                for point, request in requests.items():
                    try:
                        time = await self._measure_point(server, point, request)
                    except LoadError as error:
                        times.failures.append(f"{point.path}: {error}")
                    else:
                        times.by_point.setdefault(point, []).append(time)

    async def _measure_point(self, server: RunningServer, point: Point, request: Request) -> Time:
        used = cpu_seconds_with_children(self.postgres_pid)
        measured, samples = await self.client.run(
            server.port, server.process.pid, [request],
            connections=1, warm_up_ms=self.warm_up_ms, window_ms=self.window_ms,
        )  # fmt: skip
        used = cpu_seconds_with_children(self.postgres_pid) - used
        for sample in samples:
            _check(point, orjson.loads(sample.body))
        if not measured.requests:
            raise LoadError(f"slower than {self.window_ms} ms")
        return Time(measured.p50, measured.cpu_us + used * 1e6 / measured.total)


def _check(point: Point, answer: dict[str, object]) -> None:
    if point.is_edit:
        return
    items = answer.get("todos") or answer.get("items") or answer.get("lists")
    count = len(items) if isinstance(items, list) else 0
    if count == 0 or point.count not in (None, count):
        raise LoadError(f"{count} items instead of {point.count}")


async def _request(settings: Settings, server: RunningServer, point: Point) -> Request:
    """Return the request; for a later page, after reading the pages before it."""
    token, _ = make_access_token(
        settings, user_id(point.user), session_id(point.user), datetime.now(UTC)
    )
    if point.is_edit:
        title = f"{TITLE} {MARK}"
        return json_request("PATCH", point.path, token, expected=title, body={"title": title})
    path, url = point.path, f"http://127.0.0.1:{server.port}"
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(
        base_url=url, headers=headers, trust_env=False, timeout=ANSWER_SECONDS
    ) as http:
        for _ in range(point.pages):
            answer = (await http.get(path)).raise_for_status().json()
            separator = "&" if "?" in point.path else "?"
            path = f"{point.path}{separator}cursor={answer['next_cursor']}"
        _check(point, (await http.get(path)).raise_for_status().json())
    return json_request("GET", path, token, expected='":[{')
