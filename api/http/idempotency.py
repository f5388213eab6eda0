"""Saved responses of writes, so that a retry with the same Idempotency-Key is not executed twice.

    save_response   inserts (user, key) with the response, last in the transaction of the command
    find_response   returns the saved response after a transaction failed

Of two transactions with one key the second waits for the first at its insert, is rolled back when the
first commits, and answers with the saved response. A rolled-back transaction leaves no row, so a
refused write can be tried again with its key.
Rows are deleted after 24 hours (worker/cleanup). See docs/decisions/0008.
"""

import hashlib
from typing import Annotated

import orjson
from fastapi import Header, Request, Response
from sqlalchemy import bindparam, select

from api.http.input_checks import BODY
from shared.actor import Grant
from shared.database.statements import defer_inserts
from shared.errors import Invalid
from shared.ids import UserId
from shared.tables.idempotency import IdempotencyRow
from shared.unit_of_work import ReadTransaction, UnitOfWork

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

_FIND = select(*IdempotencyRow.__table__.c).where(
    IdempotencyRow.user_id == bindparam("for_user_id"), IdempotencyRow.key == bindparam("for_key")
)


def hash_request(request: Request, grant: Grant | None) -> str:
    """Return a SHA-256 of what makes a request the same: method, path, query, If-Match, body, grant.

    An API token must not get the saved response of a request that it may not make.
    """
    # Not `request.url`, which is put together and parsed again: a tenth of an edit.
    scope, if_match = request.scope, request.headers.get("If-Match", "")
    address = f"{scope['method']} {scope['path']}?".encode() + scope["query_string"]
    # Without a grant as before there were any: a retry may arrive after an upgrade.
    granted = "" if grant is None else f" {grant.scope} {sorted(grant.list_ids or ())}"
    return hashlib.sha256(
        b"%b %b%b\n%b" % (address, if_match.encode(), granted.encode(), scope[BODY])
    ).hexdigest()


def save_response(
    work: UnitOfWork, user_id: UserId, key: str, request_hash: str, response: Response
) -> None:
    """Save the response with the commit, which raises UniqueViolation if the key was used before."""
    headers = {name: value for name, value in response.headers.items() if name != "content-length"}
    row = {
        "user_id": user_id, "key": key, "request_hash": request_hash,
        "status": response.status_code, "headers": orjson.dumps(headers).decode(),
        "body": response.body, "created_at": work.now,
    }  # fmt: skip
    defer_inserts(work.connection, IdempotencyRow, [row])


async def find_response(
    read: ReadTransaction, user_id: UserId, key: str, request_hash: str
) -> Response | None:
    """Return the saved response; None if the key was not used.

    Raise Invalid `idempotency_key_reused` if it was used for another request.
    """
    values = {"for_user_id": user_id, "for_key": key}
    saved = (await read.connection.execute(_FIND, values)).one_or_none()
    if saved is None:
        return None
    if saved.request_hash != request_hash:
        raise Invalid(
            "This Idempotency-Key was used for another request.", code="idempotency_key_reused"
        )
    headers = orjson.loads(saved.headers) | {"Idempotency-Replayed": "true"}
    return Response(saved.body, saved.status, headers=headers)
