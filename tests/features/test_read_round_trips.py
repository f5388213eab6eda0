"""Every GET route takes at most as many round trips to the database as this table says."""

import httpx
from fastapi import FastAPI
from sqlalchemy import insert

from shared.ids import StreamId, user_stream
from shared.settings import Settings
from shared.tables.personal_data import AccountDeletionRow
from tests.support.features.list_builder import recorded_statements
from tests.support.features.permissions import API, PermissionScenario, routes_of_the_api
from tests.support.realtime.websocket_client import head_of
from tests.support.world_builder import World

# Without the caller's session, which is one more and cached for a while. A read of several
# statements has BEGIN and ROLLBACK besides: they see the same moment.
ROUND_TRIPS = {
    "GET /admin/jobs/counts": 1,
    "GET /admin/jobs/dead": 1,
    # The rows of each kind of mail, and the oldest due mails.
    "GET /admin/mail": 4,
    # The counts with the size of the database, and the processes.
    "GET /admin/site": 4,
    "GET /audit": 1,
    "GET /attachments/{attachment_id}/content": 1,
    "GET /attachments/{attachment_id}/thumbnail": 1,
    "GET /auth/sessions": 1,
    # Which lists the feed shows, and their todos.
    "GET /calendar-feeds/{file}": 2,
    "GET /folders": 1,
    "GET /imports": 1,
    "GET /imports/{import_id}": 1,
    "GET /labelled-todos": 1,
    "GET /lists": 1,
    "GET /lists/{list_id}": 1,
    # In a transaction: events with the role; their todos, labels, comments, files and users of
    # now; where the caller has removed members, the newest removal of each.
    "GET /lists/{list_id}/activity": 12,
    "GET /lists/{list_id}/events": 1,
    # Twice the list, its labels and members; then a page of ids and one of todos, with the role each; the
    # caller's reminders; comments, past occurrences and files, with the role each.
    "GET /lists/{list_id}/export": 29,
    "GET /lists/{list_id}/invitations": 1,
    "GET /lists/{list_id}/labels": 1,
    "GET /lists/{list_id}/email-address": 1,
    "GET /lists/{list_id}/links": 1,
    "GET /lists/{list_id}/members": 1,
    "GET /lists/{list_id}/snapshot": 1,
    "GET /lists/{list_id}/webhooks": 1,
    "GET /mail/unsubscribe": 0,
    "GET /personal-labels": 1,
    "GET /search": 1,
    "GET /site": 0,
    "GET /todos": 1,
    "GET /todos/{todo_id}": 1,
    "GET /todos/{todo_id}/attachments": 1,
    "GET /todos/{todo_id}/comments": 1,
    "GET /todos/{todo_id}/comments/{comment_id}/versions": 1,
    # The todo with its role, the occurrences, their number and the zone.
    "GET /todos/{todo_id}/occurrences": 7,
    "GET /todos/{todo_id}/reminders": 1,
    "GET /users": 1,
    "GET /users/me": 1,
    "GET /users/me/api-tokens": 1,
    "GET /users/me/applications": 1,
    "GET /users/me/audit": 1,
    "GET /users/me/calendar-feeds": 1,
    "GET /users/me/events": 1,
    "GET /users/me/deletion": 1,
    "GET /users/me/exports": 1,
    # Its export, the audit entry in a transaction, and the one chunk that there is not.
    "GET /users/me/exports/{export_id}/content": 6,
    # Which lists, and their pages: the second read authorizes anew.
    "GET /users/me/list-snapshots": 2,
    # The ids of the lists; then each list as above, once.
    "GET /users/me/list-export": 34,
    "GET /users/me/identities": 1,
    "GET /users/me/notifications": 1,
    "GET /users/me/passkeys": 1,
    "GET /users/me/preferences": 1,
    "GET /users/me/push-subscriptions": 0,
    "GET /users/me/second-factors": 1,
    "GET /users/me/snapshot": 1,
    "GET /users/me/webhooks": 1,
    "GET /users/{user_id}": 1,
    # The webhook, which names the list, and the role in it.
    "GET /webhooks/{webhook_id}": 4,
    "GET /webhooks/{webhook_id}/deliveries": 5,
}  # fmt: skip


def test_every_route_that_reads_has_a_maximum() -> None:
    assert {route for route in routes_of_the_api() if route.startswith("GET")} == set(ROUND_TRIPS)


async def test_reads_take_few_round_trips(
    app: FastAPI, client: httpx.AsyncClient, world: World, settings: Settings
) -> None:
    scenario = PermissionScenario(client, world, settings)
    await scenario.build()
    queries = {
        f"GET {path}": "?epoch={}&since={}".format(*await head_of(world.resources, stream))
        for path, stream in (
            ("/lists/{list_id}/events", StreamId(scenario.ids["list_id"])),
            ("/users/me/events", user_stream(scenario.users["owner"].user_id)),
        )
    } | {"GET /mail/unsubscribe": "?token=wrong&mails=reminders", "GET /search": "?q=milk"}

    leaving = scenario.users["disabled"].user_id
    async with world.resources.begin() as work:
        deletion = {"user_id": leaving, "requested_at": work.now, "delete_at": work.now}
        await work.connection.execute(insert(AccountDeletionRow).values(deletion))

    counts, statuses = {}, {}
    for route in ROUND_TRIPS:
        path = API + route.removeprefix("GET ").format_map(scenario.ids) + queries.get(route, "")
        caller = scenario.headers(
            "admin"
            if route.startswith(("GET /users", "GET /audit", "GET /admin")) and "/me" not in route
            else "disabled"
            if route.endswith("/deletion")
            else "owner"
        )
        async with recorded_statements(app.state.resources, with_boundaries=True) as statements:
            statuses[route] = (await client.get(path, headers=caller)).status_code
        counts[route] = len(statements)

    assert {route: status for route, status in statuses.items() if status not in (200, 303)} == {}
    assert {route: count for route, count in counts.items() if count > ROUND_TRIPS[route]} == {}
