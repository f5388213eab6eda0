"""The answers of the fake server to writes of the settings: tokens, feeds, addresses, second factors."""

from tests.support.web.fake_entities import Json, stamp
from tests.support.web.fake_todo_answers import Answer
from tests.support.web.fake_world import FakeWorld


def create_api_token(world: FakeWorld, body: Json, key: str | None) -> Answer:
    token = {name: body[name] for name in ("name", "scope", "list_ids", "expires_at")} | {
        "id": world.new_id(), "created_at": stamp(), "last_used_at": None,
    }  # fmt: skip
    world.api_tokens.insert(0, token)
    return 201, token | {"token": f"llt_{token['id']}"}, ""


def rename_api_token(world: FakeWorld, body: Json, key: str | None, token_id: str) -> Answer:
    (token,) = [token for token in world.api_tokens if token["id"] == token_id]
    token |= body
    return 200, token, world.record(world.own_stream, "api_token.renamed", {"token_id": token_id})


def revoke_api_token(world: FakeWorld, body: Json, key: str | None, token_id: str) -> Answer:
    world.api_tokens = [token for token in world.api_tokens if token["id"] != token_id]
    return 204, None, ""


def create_calendar_feed(world: FakeWorld, body: Json, key: str | None) -> Answer:
    feed = body | {"id": world.new_id(), "created_at": stamp(), "last_used_at": None}
    world.calendar_feeds.insert(0, feed)
    return 201, feed | {"address": f"https://example.org/llf_{feed['id']}.ics"}, ""


def rotate_calendar_feed(world: FakeWorld, body: Json, key: str | None, feed_id: str) -> Answer:
    (feed,) = [feed for feed in world.calendar_feeds if feed["id"] == feed_id]
    return 200, feed | {"address": f"https://example.org/llf_new_{feed_id}.ics"}, ""


def revoke_calendar_feed(world: FakeWorld, body: Json, key: str | None, feed_id: str) -> Answer:
    world.calendar_feeds = [feed for feed in world.calendar_feeds if feed["id"] != feed_id]
    return 204, None, ""


def create_email_address(world: FakeWorld, body: Json, key: str | None, list_id: str) -> Answer:
    number = sum("email-address" in path for _, path, _ in world.requests)
    address = f"house-move+llm_{number}@in.example.org"
    world.email_addresses[list_id] = stamp()
    return 201, {"address": address, "created_at": stamp()}, ""


def revoke_email_address(world: FakeWorld, body: Json, key: str | None, list_id: str) -> Answer:
    del world.email_addresses[list_id]
    return 204, None, ""


def passkey_request(world: FakeWorld, body: Json, key: str | None) -> Answer:
    options = {
        "challenge": "A" * 43, "timeout": 300_000, "rpId": "localhost", "allowCredentials": [],
        "userVerification": "required",
    }  # fmt: skip
    return 200, options, ""


def begin_totp(world: FakeWorld, body: Json, key: str | None) -> Answer:
    image = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/%3E"
    return 201, {"secret": "ABCD" * 8, "uri": "otpauth://totp/x", "qr_code": image}, ""


def confirm_totp(world: FakeWorld, body: Json, key: str | None) -> Answer:
    world.must_set_up_second_factor = False
    return 200, {"recovery_codes": [f"aaaa-bbbb-cccc-000{number}" for number in range(10)]}, ""
