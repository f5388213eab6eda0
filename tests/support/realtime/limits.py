"""Nodes with other limits than production's."""

from functools import partial
from typing import Any

import pytest

from realtime.limits import Limits


def set_limits(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
    """Give these limits to the nodes that are opened from now on."""
    monkeypatch.setattr("realtime.startup.Limits", partial(Limits, **changes))
