"""One call of a tool: whose it is, its transactions, and how a retried call adds nothing twice."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import orjson
from fastapi import Response

from api.http.command_runner import MAX_ATTEMPTS_WHEN_MOVED
from api.http.idempotency import find_response, save_response
from api.http.large_answers import PageReader
from api.http.write_quota import WriteQuota
from shared.actor import Actor
from shared.contract.base import Body
from shared.database.errors import UniqueViolation
from shared.errors import DomainError, Moved
from shared.resources import Resources
from shared.unit_of_work import UnitOfWork

T = TypeVar("T")
# An assistant that got no answer asks again within seconds, or when its user says so. A call counts as a
# retry for so long at least, and for twice as long at most.
RETRY_SECONDS = 300


@dataclass(frozen=True)
class ToolCall:
    """A call by `actor`. `size`: the bytes of its request, for the quota of writes."""

    actor: Actor
    resources: Resources
    pages: PageReader
    quota: WriteQuota
    size: int

    async def run(self, command: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        """Run a command in one transaction, as api/http/command_runner.py does. Raise RateLimited."""
        self.quota.take(self.actor, self.size)
        return await self._run(command, None)

    async def run_once(
        self,
        tool: str,
        arguments: Body,
        client_key: str | None,
        command: Callable[[UnitOfWork], Awaitable[str]],
    ) -> tuple[str, bool]:
        """Run a command that adds something, and return its id, and whether an earlier call added it.

        Without a key a call is a retry of one with the same arguments that came within RETRY_SECONDS: it
        takes the keys of its window and of the next one, so that two at once share a key.
        """
        self.quota.take(self.actor, self.size)
        grant = self.actor.grant
        granted = "" if grant is None else f"{grant.scope} {sorted(grant.list_ids or ())}"
        request_hash = _hash(tool, arguments.model_dump_json(), granted)
        if client_key is not None:
            keys = [_hash("mcp key", client_key)]
        else:
            window = int(self.resources.clock.now().timestamp()) // RETRY_SECONDS
            keys = [_hash("mcp call", request_hash, str(number)) for number in (window, window + 1)]
        if (saved := await self._find(keys[0], request_hash)) is not None:
            return saved, True

        async def save(work: UnitOfWork) -> str:
            added = await command(work)
            response = Response(orjson.dumps(added), media_type="application/json")
            for key in keys:
                save_response(work, self.actor.user_id, key, request_hash, response)
            return added

        try:
            return await self._run(save, keys[0]), False
        except Moved:
            raise
        except (DomainError, UniqueViolation):
            # The same call at the same time was faster, or began when the next window did.
            for key in keys:
                if (saved := await self._find(key, request_hash)) is not None:
                    return saved, True
            raise

    async def _find(self, key: str, request_hash: str) -> str | None:
        async with self.resources.single_read() as read:
            found = await find_response(read, self.actor.user_id, key, request_hash)
        return None if found is None else str(orjson.loads(found.body))

    async def _run(self, command: Callable[[UnitOfWork], Awaitable[T]], mutation: str | None) -> T:
        for _ in range(MAX_ATTEMPTS_WHEN_MOVED - 1):
            try:
                async with self.resources.begin(mutation=mutation) as work:
                    return await command(work)
            except Moved:
                continue
        async with self.resources.begin(mutation=mutation) as work:
            return await command(work)


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
