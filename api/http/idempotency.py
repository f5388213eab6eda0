"""Saved responses of writes, so that a retry with the same Idempotency-Key is not executed twice.

    reserve_key     inserts (user, key) first in the transaction; a concurrent retry waits for this row
    save_response   saves the response in that row, in the transaction of the command

A rolled-back transaction leaves no row, so a refused write can be tried again with its key.
Rows are deleted after 24 hours (worker/cleanup). See docs/decisions/0008.
"""

import hashlib
from typing import Annotated

import orjson
from fastapi import Header, Request, Response
from sqlalchemy import bindparam, select, update

from shared.database.statements import insert_new
from shared.errors import Invalid
from shared.ids import UserId
from shared.tables.idempotency import IdempotencyRow
from shared.unit_of_work import UnitOfWork

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

# Built once: building the statement took longer than sending it.
_SAVE_RESPONSE = (
    update(IdempotencyRow)
    .where(
        IdempotencyRow.user_id == bindparam("for_user_id"),
        IdempotencyRow.key == bindparam("for_key"),
    )
    .values(
        status=bindparam("new_status"),
        headers=bindparam("new_headers"),
        body=bindparam("new_body"),
    )
)


async def hash_request(request: Request) -> str:
    """Return a SHA-256 of method, path, query, If-Match and body: what makes a request the same."""
    url, if_match = request.url, request.headers.get("If-Match", "")
    head = f"{request.method} {url.path}?{url.query} {if_match}\n".encode()
    return hashlib.sha256(head + await request.body()).hexdigest()


async def reserve_key(
    work: UnitOfWork, user_id: UserId, key: str, request_hash: str
) -> Response | None:
    """Reserve the key for this transaction, or return the saved response.

    Wait while another transaction holds the key. Raise Invalid `idempotency_key_reused` if the
    key was used for another request.
    """
    row = {
        "user_id": user_id, "key": key, "request_hash": request_hash,
        "status": 0, "body": b"", "created_at": work.now,
    }  # fmt: skip
    if await insert_new(work.connection, IdempotencyRow, [row], key=("user_id", "key")):
        return None
    saved = (
        await work.connection.execute(
            select(*IdempotencyRow.__table__.c).where(
                IdempotencyRow.user_id == user_id, IdempotencyRow.key == key
            )
        )
    ).one()
    if saved.request_hash != request_hash:
        raise Invalid(
            "This Idempotency-Key was used for another request.", code="idempotency_key_reused"
        )
    headers = orjson.loads(saved.headers) | {"Idempotency-Replayed": "true"}
    return Response(saved.body, saved.status, headers=headers)


async def save_response(work: UnitOfWork, user_id: UserId, key: str, response: Response) -> None:
    """Save the response under a key that this transaction has reserved."""
    headers = {name: value for name, value in response.headers.items() if name != "content-length"}
    await work.connection.execute(
        _SAVE_RESPONSE,
        {
            "for_user_id": user_id,
            "for_key": key,
            "new_status": response.status_code,
            "new_headers": orjson.dumps(headers).decode(),
            "new_body": response.body,
        },
    )
