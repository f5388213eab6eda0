"""What routes ask for: the resources, who is asking, and a way to write exactly once.

All of them are `async def`, also those that wait for nothing: FastAPI calls any other in a thread,
and to come back from it through the interpreter's lock takes up to 5 ms on a busy process.
"""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Annotated

import orjson
from fastapi import Depends, Header, Request, Response
from fastapi.security import OAuth2PasswordBearer
from pydantic import AfterValidator, BaseModel
from sqlalchemy import ColumnElement, bindparam, select, update

from api.http.client_address import client_address
from shared.accounts.queries import authenticate
from shared.actor import Actor
from shared.database import insert_new
from shared.errors import Invalid, Moved, NotFound, Unauthenticated
from shared.ids import is_id, user_stream
from shared.logs import request_id
from shared.resources import Resources
from shared.tables.idempotency import IdempotencyRow
from shared.unit_of_work import UnitOfWork

# A todo that changes its list between two statements of ours, three times in a row, is being
# tossed about by a program; then the caller hears of it.
TRIES_WHEN_MOVED = 3
# Proxies take some 4 kB of headers, and saved answers 2,000 characters of them.
MOST_POSITIONS = 32

bearer_token = OAuth2PasswordBearer(tokenUrl="/api/v1/auth/token", auto_error=False)


async def get_resources(request: Request) -> Resources:
    resources: Resources = request.app.state.resources
    return resources


OpenResources = Annotated[Resources, Depends(get_resources)]


async def get_address(request: Request, resources: OpenResources) -> str:
    return client_address(request.scope, resources.settings.trusted_proxies)


ClientAddress = Annotated[str, Depends(get_address)]


async def current_actor(
    resources: OpenResources,
    address: ClientAddress,
    token: Annotated[str | None, Depends(bearer_token)],
) -> Actor:
    """Returns whose live session the bearer token names. Raises Unauthenticated."""
    if not token:
        raise Unauthenticated
    return await authenticate(resources, token, address)


CurrentActor = Annotated[Actor, Depends(current_actor)]


def _known_form(text: str) -> str:
    # What cannot be an id is answered like an id that does not exist, and spares the database
    # whatever it may hold.
    if not is_id(text):
        raise NotFound
    return text


# An id in a path.
PathId = Annotated[str, AfterValidator(_known_form)]

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="A text of yours. A retry with the same key is answered, not repeated, for 24 h.",
        min_length=1,
        max_length=128,
        pattern=r"^[\x21-\x7e]+$",
    ),
]
Version = Annotated[
    str | None,
    Header(
        alias="If-Match",
        description="The ETag you edit; if it is no longer current: 412.",
        max_length=20,
    ),
]


async def expected_version(if_match: Version = None) -> int | None:
    """Returns the version named by If-Match; None when there is none, or any will do."""
    if if_match is None or if_match.strip() == "*":
        return None
    digits = if_match.strip().removeprefix("W/").strip('"')
    if not digits.isascii() or not digits.isdigit():
        raise Invalid.field("If-Match", "version", 'If-Match takes an ETag such as "3".')
    return int(digits)


ExpectedVersion = Annotated[int | None, Depends(expected_version)]


# Built once: to build it took longer than to send it.
_SAVE = (
    update(IdempotencyRow)
    .where(IdempotencyRow.user_id == bindparam("of"), IdempotencyRow.key == bindparam("under"))
    .values(
        status=bindparam("with_status"),
        headers=bindparam("with_headers"),
        body=bindparam("with_body"),
    )
)


class Perform:
    """Runs one command as one transaction, and answers with what it returns.

    With an Idempotency-Key the answer is saved in the same transaction: a retry gets it again,
    byte for byte. A retry that arrives while the first is still under way waits for it. A refused
    write saves nothing, so that it can be tried again.
    """

    def __init__(
        self,
        request: Request,
        resources: Resources,
        actor: Actor,
        idempotency_key: str | None,
    ) -> None:
        self.actor = actor
        self._request = request
        self._resources = resources
        self._key = idempotency_key

    async def __call__(
        self, command: Callable[[UnitOfWork], Awaitable[BaseModel | None]], *, status: int = 200
    ) -> Response:
        for _ in range(TRIES_WHEN_MOVED - 1):
            try:
                return await self._once(command, status)
            except Moved:
                continue
        return await self._once(command, status)

    async def _once(
        self, command: Callable[[UnitOfWork], Awaitable[BaseModel | None]], status: int
    ) -> Response:
        hashed = await self._hash() if self._key else ""
        async with self._resources.begin(mutation=self._key, request_id=request_id.get()) as work:
            if self._key and (saved := await self._claim(work, self._key, hashed)):
                return saved
            shape = await command(work)
            answer = _answer(work, self.actor, shape, status)
            if self._key:
                await self._save(work, self._key, answer)
        return answer

    async def _hash(self) -> str:
        url, match = self._request.url, self._request.headers.get("If-Match", "")
        seen = f"{self._request.method} {url.path}?{url.query} {match}\n".encode()
        return hashlib.sha256(seen + await self._request.body()).hexdigest()

    async def _claim(self, work: UnitOfWork, key: str, hashed: str) -> Response | None:
        """The key is this transaction's; or returns the answer saved under it. Raises Invalid."""
        row = {
            "user_id": self.actor.user_id, "key": key, "request_hash": hashed,
            "status": 0, "body": b"", "created_at": work.now,
        }  # fmt: skip
        if await insert_new(work.connection, IdempotencyRow, [row], key=("user_id", "key")):
            return None
        saved = (
            await work.connection.execute(
                select(*IdempotencyRow.__table__.c).where(*self._mine(key))
            )
        ).one()
        if saved.request_hash != hashed:
            raise Invalid(
                "This Idempotency-Key was used for another request.", code="idempotency_key_reused"
            )
        headers = orjson.loads(saved.headers) | {"Idempotency-Replayed": "true"}
        return Response(saved.body, saved.status, headers=headers)

    async def _save(self, work: UnitOfWork, key: str, answer: Response) -> None:
        kept = {name: value for name, value in answer.headers.items() if name != "content-length"}
        await work.connection.execute(
            _SAVE,
            {
                "of": self.actor.user_id,
                "under": key,
                "with_status": answer.status_code,
                "with_headers": orjson.dumps(kept).decode(),
                "with_body": answer.body,
            },
        )

    def _mine(self, key: str) -> tuple[ColumnElement[bool], ...]:
        return IdempotencyRow.user_id == self.actor.user_id, IdempotencyRow.key == key


async def get_perform(
    request: Request,
    resources: OpenResources,
    actor: CurrentActor,
    idempotency_key: IdempotencyKey = None,
) -> Perform:
    return Perform(request, resources, actor, idempotency_key)


Write = Annotated[Perform, Depends(get_perform)]


def found(shape: BaseModel) -> Response:
    """Returns `shape` as the answer to a read, with its version as ETag when it has one."""
    # Handed through as it is: validating our own answer again doubled its cost.
    return Response(
        shape.model_dump_json().encode(), headers=_etag(shape), media_type="application/json"
    )


def _answer(work: UnitOfWork, actor: Actor, shape: BaseModel | None, status: int) -> Response:
    headers = _positions(work, actor)
    if shape is None:
        return Response(status_code=204 if status == 200 else status, headers=headers)
    content = shape.model_dump_json().encode()
    return Response(content, status, headers | _etag(shape), media_type="application/json")


def _positions(work: UnitOfWork, actor: Actor) -> dict[str, str]:
    # Another person's own stream is none of the actor's business: that it moved would tell, say,
    # whether the address they invited has an account.
    hidden = {one.stream for one in work.recorded if one.stream.startswith("user:")}
    hidden.discard(user_stream(actor.user_id))
    shown = [p for p in work.positions() if p.list_id not in hidden]
    if not shown:
        return {}
    named = (f"{p.list_id}:{p.epoch}:{p.seq}" for p in shown[:MOST_POSITIONS])
    return {"Livelist-Seq": ", ".join(named)}


def _etag(shape: BaseModel) -> dict[str, str]:
    version = getattr(shape, "version", None)
    return {} if version is None else {"ETag": f'"{version}"'}
