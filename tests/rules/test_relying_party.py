"""For which domain passkeys are made, and from which origin they are accepted."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from shared.settings.relying_party import relying_party
from tests.support.settings import plain_settings

NEED_HTTPS = "Passkeys need https."
NEED_A_NAME = "Passkeys need a domain name: the address of this site is a number."


@pytest.mark.parametrize(
    ("url", "party_id", "origin", "obstacle"),
    [
        ("https://todo.example.org", "todo.example.org", "https://todo.example.org", ""),
        ("https://Todo.Example.org:443", "todo.example.org", "https://todo.example.org", ""),
        ("https://todo.example.org:8443", "todo.example.org", "https://todo.example.org:8443", ""),
        ("https://straße.example", "xn--strae-oqa.example", "https://xn--strae-oqa.example", ""),
        ("http://localhost:8000", "localhost", "http://localhost:8000", ""),
        ("http://todo.localhost", "todo.localhost", "http://todo.localhost", ""),
        ("http://todo.example.org", "todo.example.org", "http://todo.example.org", NEED_HTTPS),
        ("http://localhost.example.org", "localhost.example.org", "http://localhost.example.org", NEED_HTTPS),
        ("https://192.0.2.1", "192.0.2.1", "https://192.0.2.1", NEED_A_NAME),
        ("http://127.0.0.1:8000", "127.0.0.1", "http://127.0.0.1:8000", NEED_A_NAME),
        ("http://[::1]:8000", "::1", "http://[::1]:8000", NEED_A_NAME),
    ],
)  # fmt: skip
def test_the_relying_party_is_the_host_of_the_address(
    url: str, party_id: str, origin: str, obstacle: str
) -> None:
    party = relying_party(url)

    assert (party.id, party.origin, party.obstacle) == (party_id, origin, obstacle)


@pytest.mark.parametrize("domain", ["example.org", "Example.Org", "todo.example.org"])
def test_a_parent_domain_may_be_chosen(tmp_path: Path, domain: str) -> None:
    settings = plain_settings(
        tmp_path, public_url="https://todo.example.org", passkey_domain=domain
    )

    party = settings.web.relying_party
    assert (party.id, party.origin) == (domain.lower(), "https://todo.example.org")


@pytest.mark.parametrize(
    ("url", "domain"),
    [
        ("https://todo.example.org", "other.example.org"),
        ("https://todo.example.org", "org"),
        ("https://todo.example.org", "do.example.org"),
        ("https://todo.example.org", ".example.org"),
        ("https://todo.example.org", "https://todo.example.org"),
        ("https://todo.example.org", "a..b"),
        ("https://example.org", "todo.example.org"),
        ("https://192.0.2.1", "2.1"),
    ],
)
def test_a_domain_that_no_browser_accepts_is_refused_at_the_start(
    tmp_path: Path, url: str, domain: str
) -> None:
    with pytest.raises(ValidationError, match="PASSKEY_DOMAIN must be the"):
        plain_settings(tmp_path, public_url=url, passkey_domain=domain)
