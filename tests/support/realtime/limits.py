"""Nodes with other limits than production's."""

from functools import partial
from typing import Any

import pytest

from realtime.limits import Limits
from tests.support.deadlines import DEADLINE_SECONDS


def set_limits(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
    """Give these limits to the nodes that are opened from now on."""
    monkeypatch.setattr("realtime.startup.Limits", partial(Limits, **changes))


def without_head_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nodes get events by messages alone, so that what arrives came at once on any machine."""
    set_limits(monkeypatch, head_check_seconds=3600, head_check_seconds_without_pubsub=3600)
    # A broker that answers late would lose the message.
    monkeypatch.setattr("shared.pubsub.PUBLISH_TIMEOUT_SECONDS", DEADLINE_SECONDS)
