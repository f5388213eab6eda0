"""A receiver of webhooks on this machine. Its check of signatures is written from the specification.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import asyncio
import base64
import hmac
import json
from typing import Any

from tests.support.services.push_service import PushService, ReceivedPush


def verify(secret: str, request: ReceivedPush) -> bool:
    """Return True if the request is signed with the secret."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    headers = request.headers
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + request.body
    expected = base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    return headers["webhook-signature"].split() == [f"v1,{expected}"]


class WebhookReceiver(PushService):
    """Takes what webhooks send; its answers are told as those of a push service."""

    @property
    def url(self) -> str:
        return f"{self.origin}/hook"

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(request.body) for request in self.received]

    @property
    def seqs(self) -> list[int]:
        return [body["seq"] for body in self.bodies if "seq" in body]

    @property
    def accepted_events(self) -> list[tuple[dict[str, Any], str]]:
        """Return the events that got an answer 2xx, with their ids."""
        return [
            (json.loads(request.body), request.headers["webhook-id"]) for request in self.accepted
        ]

    async def go_down(self) -> None:
        """Refuse connections, and break the open ones."""
        assert self._server is not None
        self._server.close()
        for writer in list(self._writers):
            writer.close()

    async def come_back(self) -> None:
        """Listen again at the same port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    @property
    def ids(self) -> list[str]:
        return [request.headers["webhook-id"] for request in self.received]
