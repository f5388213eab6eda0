"""Fixtures of the account tests."""

import pytest

from api.routes.account import email_links
from shared.accounts.provider_sign_in import authorization
from shared.issuer_keys import discovery, key_cache
from tests.support.deadlines import DEADLINE_SECONDS


@pytest.fixture(autouse=True)
def no_minimum_duration(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let routes that hide whether an address is known answer at once."""
    monkeypatch.setattr(email_links, "MIN_RESPONSE_SECONDS", 0.0)


@pytest.fixture(autouse=True)
def patience_with_sign_in_services(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for the sign-in services of tests, however slow the machine is."""
    for module in (discovery, key_cache):
        monkeypatch.setattr(module, "FETCH_SECONDS", DEADLINE_SECONDS)
    for name in ("TOKEN_SECONDS", "USERINFO_SECONDS"):
        monkeypatch.setattr(authorization, name, DEADLINE_SECONDS)
