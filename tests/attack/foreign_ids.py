"""Ids of others, in every position of every request: path, query and body, made from the OpenAPI document.

A caller who may not see an entity gets the answer for an id that does not exist, byte for byte except
for the request id, and nothing in the database changes.
"""

import asyncio
import hashlib
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any, NamedTuple
from urllib.parse import urlencode

import httpx
import orjson
from sqlalchemy import delete, select, update

from api.http.paths import API
from shared import tables
from shared.contract.jobs import DeliverWebhook
from shared.ids import new_id
from shared.tables.accounts import SessionRow
from shared.tables.interop.webhooks import WebhookRow
from shared.tables.jobs import JobRow
from tests.support.attack.tally import Tally
from tests.support.attack.target import Target
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.features.permissions import QUERIES, PermissionScenario, filled
from tests.support.features.wrong_input import (
    body_fields,
    body_of,
    operations,
    query_fields,
    with_value,
)

# Who may not do anything here, whatever the ids. The last one's session has ended.
REFUSED = ("anonymous", "unverified", "disabled", "ended", "ended_guest")
# Headers that differ between two answers of the same kind.
VOLATILE = ("x-request-id", "date", "server-timing", "content-length")
# The kind of an id, by the end of its name in paths, queries and bodies.
KINDS = {
    "list_id": "list_id", "list_ids": "list_id", "parent_id": "todo_id",
    "before_id": "todo_id", "after_id": "todo_id", "todo_id": "todo_id",
    "todo_ids": "todo_id", "ids": "todo_id", "labels": "label_id", "label": "label_id",
    "assignees": "user_id", "assignee": "user_id", "user_id": "user_id", "label_id": "label_id",
    "attachment_id": "attachment_id",
    "comment_id": "comment_id", "reminder_id": "reminder_id", "invitation_id": "invitation_id",
    "session_id": "session_id", "token_id": "token_id", "link_id": "link_id", "passkey_id": "passkey_id",
    "export_id": "export_id", "identity_id": "identity_id", "feed_id": "feed_id",
    "personal_label_id": "personal_label_id", "personal_labels": "personal_label_id",
    "personal_label": "personal_label_id",
    "folder_id": "folder_id", "before_folder_id": "folder_id", "after_folder_id": "folder_id",
    "before_list_id": "list_id", "after_list_id": "list_id",
    "webhook_id": "webhook_id", "delivery_id": "delivery_id",
    "import_id": "import_id", "application_id": "application_id",
    "through": "comment_id", "notification_ids": "comment_id",
}  # fmt: skip
# They name no entity: a position in a list of the caller's own.
POSITIONS = ("cursor", "before", "through", "notification_ids")
# The fields below name no entity: the columns of a file, by the fields of a todo; and the choices of a view,
# which are stored as they are, whether they exist or not, and only compared with what the caller reads.
NO_ENTITIES = ("columns", "filter")
# Rows that change without a request.
MOVING_TABLES = ("workers", "api_nodes", "mail_kinds")
MOVING_COLUMNS = ("last_used_at",)
# A worker changes the rows of jobs while it runs them; a request would add one.
JOB_COLUMNS = ("id", "kind")


class Swap(NamedTuple):
    """One position of a request in which the id of another is put."""

    route: str
    place: str
    kind: str
    path: tuple[str | int, ...]

    def __str__(self) -> str:
        return f"{self.route} {self.place} {'.'.join(map(str, self.path))}"


def swaps() -> Iterator[Swap]:
    for route, _ in operations():
        for part in route.split("/"):
            if part.startswith("{"):
                name = part.strip("{}")
                # The name of a provider names nothing of an account.
                if name in KINDS:
                    yield Swap(route, "path", KINDS[name], (name,))
    for place, fields in (("query", query_fields()), ("body", body_fields())):
        for field in fields:
            name = next(str(step) for step in reversed(field.path) if isinstance(step, str))
            if field.path[0] in NO_ENTITIES or name in POSITIONS:
                continue
            if name in KINDS and "string" in field.types:
                yield Swap(field.route, place, KINDS[name], field.path)


async def run(target: Target, tally: Tally) -> None:
    chosen = list(swaps())
    if target.is_quick:
        chosen = target.random.sample(chosen, 8)
    worlds = await _worlds(target)
    for swap in chosen:
        if not await _try(target, tally, swap, *worlds):
            # Something was allowed, and may have changed the worlds for the next request.
            worlds = await _worlds(target)
    await _try_refused(target, tally)


async def _stop_webhooks(target: Target) -> None:
    """Disable all webhooks. Otherwise the worker changes rows that no request changes."""
    async with target.world.resources.begin() as work:
        await work.connection.execute(
            update(WebhookRow).values(disabled_at=work.now, disabled_reason="user")
        )
        await work.connection.execute(delete(JobRow).where(JobRow.kind == DeliverWebhook.kind))


async def _worlds(target: Target) -> tuple[PermissionScenario, PermissionScenario]:
    """Return two worlds of the same shape, whose users know nothing of each other."""
    made = [PermissionScenario(target.client, target.world, target.settings) for _ in range(2)]
    for scenario in made:
        await scenario.build()
    await _stop_webhooks(target)
    return made[0], made[1]


async def _try(
    target: Target, tally: Tally, swap: Swap, ours: PermissionScenario, theirs: PermissionScenario
) -> bool:
    """Return True if everything was refused."""
    refused_before, tried_before = tally.refused, tally.tried
    for caller in ("owner", "viewer", "guest_editor"):
        with tally.attempt(f"{caller} {swap}"):
            before = await digests(target)
            foreign = await _send(target, ours, caller, swap, theirs.ids[swap.kind])
            unknown = await _send(target, ours, caller, swap, new_id())
            after = await digests(target)
            tally.refused += foreign.status_code >= 400
            is_filter = swap.place == "query" and foreign.status_code == 200
            if is_filter:
                leaked = [value for value in theirs.ids.values() if value in foreign.text]
                assert not leaked, f"it answers with ids of others: {foreign.text[:300]}"
            else:
                assert 400 <= foreign.status_code < 500, (
                    f"{foreign.status_code} {foreign.text[:200]}"
                )
            assert _comparable(foreign) == _comparable(unknown), (
                f"{foreign.status_code} {foreign.text[:200]} differs from the answer for an"
                f" unknown id, {unknown.status_code} {unknown.text[:200]}"
            )
            changed = [name for name in before if before[name] != after[name]]
            assert not changed, f"it changed {changed}"
    return tally.refused - refused_before == tally.tried - tried_before


async def _send(
    target: Target, scenario: PermissionScenario, caller: str, swap: Swap, id_: str,
    headers: Mapping[str, str] | None = None,
) -> httpx.Response:  # fmt: skip
    method, path = swap.route.split()
    ids = scenario.ids | ({str(swap.path[0]): id_} if swap.place == "path" else {})
    body = filled(body_of(swap.route), scenario.ids)
    if swap.place == "body":
        body = with_value(deepcopy(body), swap.path, id_)
    query = QUERIES.get(swap.route, "")
    if swap.place == "query":
        query += ("&" if query else "?") + urlencode({str(swap.path[0]): id_})
    answer = await target.client.request(
        method, API + path.format_map(ids) + query, json=body,
        headers=scenario.headers(caller) if headers is None else headers,
    )  # fmt: skip
    target.record(f"{caller} of {scenario.ids['list_id']}", str(swap), answer.text)
    return answer


def _comparable(answer: httpx.Response) -> tuple[int, dict[str, Any], dict[str, str]]:
    body = answer.json() if answer.content else {}
    headers = {name: value for name, value in answer.headers.items() if name not in VOLATILE}
    headers.pop("livelist-seq", None)
    return answer.status_code, {k: v for k, v in body.items() if k != "request_id"}, headers


async def digests(target: Target) -> dict[str, str]:
    """Return a digest of the rows of each table."""
    found = {}
    async with target.resources.begin_read() as read:
        for table in tables.metadata.sorted_tables:
            if table.name in MOVING_TABLES:
                continue
            columns = [column for column in table.c if column.name not in MOVING_COLUMNS]
            if table.name == "jobs":
                columns = [table.c[name] for name in JOB_COLUMNS]
            rows = (await read.connection.execute(select(*columns))).all()
            text = "\n".join(sorted(map(repr, map(tuple, rows))))
            found[table.name] = hashlib.sha256(text.encode()).hexdigest()
    return found


async def _try_refused(target: Target, tally: Tally) -> None:
    """Send every request that needs a sign-in as callers whom no right can help."""
    ours, theirs = await _worlds(target)
    ended = ours.headers("editor")
    async with target.resources.begin() as work:
        is_session = SessionRow.id == ours.users["editor"].session_id
        await work.connection.execute(
            update(SessionRow).where(is_session).values(revoked_at=work.now)
        )
    await _until_ended(target, ended)
    before = await digests(target)
    for route, operation in operations():
        # An empty alternative: the sign-in is optional.
        if {} in operation.get("security", [{}]):
            continue
        for caller in [target.random.choice(REFUSED)] if target.is_quick else REFUSED:
            headers = ended if caller == "ended" else ours.headers(caller)
            for name, scenario in (("own", ours), ("other", theirs)):
                with tally.attempt(f"{caller} {route}, {name} ids"):
                    nothing = Swap(route, "none", "list_id", ())
                    answer = await _send(target, scenario, "anonymous", nothing, "", headers)
                    tally.refused += answer.status_code == 401
                    assert answer.status_code == 401, f"{answer.status_code} {answer.text[:200]}"
                    code = orjson.loads(answer.content)["code"]
                    assert code == "unauthenticated", code
    after = await digests(target)
    with tally.attempt("callers without a session change nothing"):
        assert after == before, [name for name in before if before[name] != after[name]]


async def _until_ended(target: Target, headers: Mapping[str, str]) -> None:
    """Wait until the node knows that the session has ended: a second (docs/security.md)."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while (await target.client.get(f"{API}/users/me", headers=headers)).status_code == 200:
            pass
