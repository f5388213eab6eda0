"""Run the command of a write request in one transaction, once per Idempotency-Key."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request, Response
from pydantic import BaseModel

from api.http.dependencies import CurrentActor, OpenResources
from api.http.idempotency import IdempotencyKey, find_response, hash_request, save_response
from api.http.input_checks import BODY
from api.http.responses import json_response
from api.http.write_quota import WriteQuota
from shared.actor import Actor
from shared.database.errors import UniqueViolation
from shared.errors import DomainError, Moved, RateLimited
from shared.ids import user_stream
from shared.resources import Resources
from shared.unit_of_work import UnitOfWork

Command = Callable[[UnitOfWork], Awaitable[BaseModel | None]]

# A todo that moves to another list between two of our statements, three times in a row, is moved
# by a program in a loop; then the caller gets the error.
MAX_ATTEMPTS_WHEN_MOVED = 3
# Proxies accept about 4 kB of headers, and a saved response holds 2,000 characters of them.
MAX_POSITIONS = 32


class CommandRunner:
    """Run commands for one authenticated request.

    With an Idempotency-Key the answer is saved in the transaction of the command. A retry is rolled
    back and gets the same bytes again; during the first request it waits for it. An error saves
    nothing.
    """

    def __init__(
        self, request: Request, resources: Resources, actor: Actor, idempotency_key: str | None
    ) -> None:
        self.actor = actor
        self._request = request
        self._resources = resources
        self._key = idempotency_key
        self._quota: WriteQuota = request.app.state.write_quota

    async def run(self, command: Command, *, status: int = 200) -> Response:
        """Run `command` in a transaction of its own and return its shape as the response.

        A command without a shape is answered with 204 unless `status` says otherwise. A command
        that raises Moved is run again, MAX_ATTEMPTS_WHEN_MOVED times in all. Raise RateLimited
        beyond the quota of the account. A retry counts: Postgres writes what is rolled back to its disk.
        """
        size = len(self._request.scope.get(BODY, b""))
        try:
            self._quota.take(self.actor, size)
        except RateLimited:
            # A retry of what was written before is still answered, by a read alone.
            if (saved := await self.find_saved()) is None:
                raise
            return saved
        for _ in range(MAX_ATTEMPTS_WHEN_MOVED - 1):
            try:
                return await self._run_once(command, status)
            except Moved:
                continue
        return await self._run_once(command, status)

    async def _run_once(self, command: Command, status: int) -> Response:
        key = self._key
        try:
            async with self._resources.begin(mutation=key) as work:
                response = _to_response(work, self.actor, await command(work), status)
                if key:
                    request_hash = hash_request(self._request, self.actor.grant)
                    save_response(work, self.actor.user_id, key, request_hash, response)
            return response
        except Moved:
            raise
        except (DomainError, UniqueViolation):
            # A retry may be refused because the first request succeeded.
            if (saved := await self.find_saved()) is None:
                raise
            return saved

    def take_quota(self, size: int) -> None:
        """Count a body of `size` bytes that the route reads itself. Raise RateLimited."""
        self._quota.take(self.actor, size)

    async def find_saved(self) -> Response | None:
        """Return the response that was saved with the key, if there is one."""
        if not self._key:
            return None
        request_hash = hash_request(self._request, self.actor.grant)
        async with self._resources.single_read() as read:
            return await find_response(read, self.actor.user_id, self._key, request_hash)


async def get_command_runner(
    request: Request,
    resources: OpenResources,
    actor: CurrentActor,
    idempotency_key: IdempotencyKey = None,
) -> CommandRunner:
    return CommandRunner(request, resources, actor, idempotency_key)


Runner = Annotated[CommandRunner, Depends(get_command_runner)]


def _to_response(work: UnitOfWork, actor: Actor, shape: BaseModel | None, status: int) -> Response:
    headers = _position_headers(work, actor)
    if shape is None:
        return Response(status_code=204 if status == 200 else status, headers=headers)
    return json_response(shape, status, headers)


def _position_headers(work: UnitOfWork, actor: Actor) -> dict[str, str]:
    """Return Livelist-Seq: the positions that this transaction's events have in their streams."""
    # Hide other users' own streams: that one moved would reveal, for example, whether an invited
    # address has an account.
    hidden = {event.stream for event in work.recorded if event.stream.startswith("user:")}
    hidden.discard(user_stream(actor.user_id))
    shown = [head for head in work.new_heads() if head.stream not in hidden]
    if not shown:
        return {}
    texts = [f"{head.stream}:{head.epoch}:{head.seq}" for head in shown[:MAX_POSITIONS]]
    return {"Livelist-Seq": ", ".join(texts)}
