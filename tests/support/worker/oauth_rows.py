"""Rows of OAuth for the tests of the clean-up: three of each, of which one is not over."""

from datetime import datetime, timedelta
from typing import Any

from shared.resources import Resources
from shared.tables.interop.oauth import (
    OAuthClientRow,
    OAuthCodeRow,
    OAuthDeviceCodeRow,
    OAuthGrantRow,
    OAuthRefreshTokenRow,
)
from tests.support.worker.table_rows import insert_rows

# The key of the table that each chore deletes from.
OAUTH_COLUMNS: dict[str, Any] = {
    "oauth_clients": OAuthClientRow.id,
    "oauth_codes": OAuthCodeRow.hash,
    "oauth_device_codes": OAuthDeviceCodeRow.hash,
    "oauth_grants": OAuthGrantRow.id,
    "oauth_refresh_tokens": OAuthRefreshTokenRow.hash,
}
_ASKED = {"client_id": "livelist-cli", "scope": "read", "audience": "api"}


async def insert_oauth_rows(resources: Resources, user_id: str, now: datetime) -> None:
    for number in range(3):
        at = now - number * timedelta(days=1) if number else now + timedelta(days=1)
        grant = {"id": f"g{number}", "user_id": user_id, "client_name": "x", "redirect_host": "x"}
        times = {"created_at": now - timedelta(days=9), "expires_at": at}
        await insert_rows(resources, OAuthGrantRow, grant | _ASKED | times)
        of_live_grant = {"hash": f"o{number}", "grant_id": "g0", "expires_at": at}
        await insert_rows(resources, OAuthRefreshTokenRow, of_live_grant | {"issued_at": now})
        code = of_live_grant | {"redirect_uri": "x", "challenge": "x"}
        kept_for_a_day = {"expires_at": at - timedelta(days=1)}
        await insert_rows(resources, OAuthCodeRow, code | kept_for_a_day)
        device = {"hash": f"o{number}", "user_code_hash": f"u{number}", "address": "192.0.2.1"}
        await insert_rows(
            resources, OAuthDeviceCodeRow, device | _ASKED | times | {"interval_seconds": 5}
        )
        client = {"id": f"c{number}", "name": "x", "redirect_uris": []}
        registered_at = {"created_at": now - number * timedelta(days=2)}
        await insert_rows(resources, OAuthClientRow, client | registered_at)
