"""Fixtures of the account tests."""

import pytest

from api.routes.account import email_links


@pytest.fixture(autouse=True)
def no_minimum_duration(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let routes that hide whether an address is known answer at once."""
    monkeypatch.setattr(email_links, "MIN_RESPONSE_SECONDS", 0.0)
