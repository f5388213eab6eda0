"""The audit as the account itself reads it: in pages, by group, along an index."""

import re
from typing import Any

import httpx
import pytest
from sqlalchemy import insert, text

from shared.accounts.audit_queries import AuditFilter, page_statement
from shared.accounts.authentication.sign_in import sign_in
from shared.ids import UserId, new_id
from shared.resources import Resources
from shared.tables.accounts import AuditRow
from tests.support.features.sign_in import bearer_headers
from tests.support.registration import LAPTOP, PASSWORD, PHONE, Registrar
from tests.support.worker.table_rows import insert_rows
from tests.support.world_builder import World

ANA = "ana@example.com"
LOG = "/api/v1/users/me/audit"


async def test_a_user_reads_the_log_by_group(
    client: httpx.AsyncClient, registrar: Registrar
) -> None:
    await registrar.register_and_verify()
    bearer = await bearer_headers(client)

    async def actions(group: str) -> list[str]:
        answer = await client.get(f"{LOG}?group={group}", headers=bearer)
        return [entry["action"] for entry in answer.json()["items"]]

    assert await actions("account") == ["account.verified", "account.registered"]
    assert await actions("sign_ins") == ["session.opened", "session.opened"]
    assert await actions("sharing") == []
    assert (await client.get(f"{LOG}?group=all", headers=bearer)).status_code == 422


async def test_an_entry_says_how_and_on_which_device_a_session_began(
    client: httpx.AsyncClient, registrar: Registrar, resources: Resources
) -> None:
    await registrar.register_and_verify()
    await sign_in(resources, ANA, PASSWORD, PHONE)

    bearer = await bearer_headers(client)
    page = (await client.get(f"{LOG}?group=sign_ins", headers=bearer)).json()

    first = page["items"][-1]
    assert first["facts"]["method"] == "email_link"
    assert (first["facts"]["device"], first["address"]) == ("Laptop", LAPTOP.address)
    assert page["items"][1]["facts"]["method"] == "password"


async def test_the_pages_of_a_log_meet_without_a_gap(
    client: httpx.AsyncClient, registrar: Registrar, world: World, resources: Resources
) -> None:
    ana = (await registrar.register_and_verify()).actor
    now = resources.clock.now()
    entry: dict[str, Any] = {"at": now, "action": "account.notified", "facts": {}}
    mine = [entry | {"id": new_id(), "user_id": ana.user_id} for _ in range(60)]
    # What Ana did to herself is one entry, though both reads find it.
    both = [entry | {"id": new_id(), "user_id": ana.user_id, "actor_id": ana.user_id}]
    others = [entry | {"id": new_id(), "user_id": new_id()} for _ in range(3)]
    by_me = [entry | {"id": new_id(), "user_id": new_id(), "actor_id": ana.user_id}]
    for row in (*mine, *both, *others, *by_me):
        await insert_rows(resources, AuditRow, row)
    bearer = await bearer_headers(client)

    ids, cursor = [], ""
    while True:
        query = f"?group=account{'&before=' + cursor if cursor else ''}"
        page = (await client.get(LOG + query, headers=bearer)).json()
        ids += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    expected = {row["id"] for row in (*mine, *both, *by_me)}
    assert expected <= set(ids)
    assert len(ids) == len(set(ids)) == len(expected) + 2
    assert ids == sorted(ids, reverse=True)


@pytest.mark.parametrize("before", [None, "z"])
async def test_the_log_of_an_account_is_read_along_its_indexes(
    resources: Resources, before: str | None
) -> None:
    statement = page_statement(AuditFilter(UserId("u1"), before=before), AuditRow.action == "x")
    async with resources.begin() as work:
        is_sqlite = work.connection.is_sqlite
        for number in range(40):
            rows = [
                {
                    "id": f"{number:03}{entry:03}", "at": work.now, "action": "x",
                    "user_id": f"u{entry}", "actor_id": f"u{entry}", "facts": {},
                }
                for entry in range(100)
            ]  # fmt: skip
            await work.connection.execute(insert(AuditRow).values(rows))
        if not is_sqlite:
            await work.connection.execute(text("ANALYZE audit"))
        sql = str(statement.compile(compile_kwargs={"literal_binds": True}))
        explain = "EXPLAIN QUERY PLAN" if is_sqlite else "EXPLAIN"
        plan_rows = list(await work.connection.execute(text(f"{explain} {sql}")))

    plan = "\n".join(str(row[-1]) for row in plan_rows)
    assert "ix_audit_user_id_id" in plan
    assert "ix_audit_actor_id" in plan
    assert not re.search(r"Seq Scan on audit\b|SCAN audit\b(?! USING)", plan), plan
