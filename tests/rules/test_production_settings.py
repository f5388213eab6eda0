"""Production does not start with unsafe settings."""

import secrets
from pathlib import Path

import pytest
from pydantic import ValidationError

from console.commands import secret
from shared.push_vapid import public_key
from tests.support.settings import STRONG_SECRET, production_settings


@pytest.mark.parametrize(
    "given",
    [
        {}, {"secret_key": "short"}, {"secret_key": "ab" * 32},
        {"secret_key": STRONG_SECRET, "previous_secret_key": "short"},
        {"secret_key": STRONG_SECRET, "previous_secret_key": "ab" * 32},
    ] + [
        {"secret_key": key} for key in (
            "0123456789abcdefghijklmnopqrstuvwxyz", "change-me-change-me-change-me-now!",
            "this is my very Secret Key, honest", "hQ7vT2mZ_r9KxW4chQ7vT2mZ_r9KxW4c",
            "aabbaabbccddaabbccddeeffaabbccdd", "P@ssword1234567890!P@ssword1234567",
            "your_secret_key_goes_here_please_1", "9876543210zyxwvutsrqponmlkjihgfedc",
        )
    ],
)  # fmt: skip
def test_a_weak_secret_is_refused(tmp_path: Path, given: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as caught:
        production_settings(tmp_path, **given)

    assert "SECRET_KEY" in str(caught.value.errors()[0]["msg"])


def test_a_missing_secret_is_reported_once(tmp_path: Path) -> None:
    with pytest.raises(ValidationError) as caught:
        production_settings(tmp_path)

    assert str(caught.value).count("SECRET_KEY") == 1


def test_random_keys_of_the_usual_kinds_are_accepted(tmp_path: Path) -> None:
    for _ in range(200):
        for key in (secrets.token_urlsafe(24), secrets.token_hex(16), secrets.token_hex(32)):
            production_settings(tmp_path, secret_key=key)


def test_strong_secrets_are_accepted(tmp_path: Path) -> None:
    production_settings(tmp_path, secret_key=STRONG_SECRET, previous_secret_key=STRONG_SECRET[::-1])


@pytest.mark.parametrize("key", ["A" * 43, "_" * 42 + "8", "A" * 42, "A" * 44, "x+" + "A" * 41])
def test_an_impossible_push_key_is_refused(tmp_path: Path, key: str) -> None:
    with pytest.raises(ValidationError, match="secret --vapid prints"):
        production_settings(tmp_path, secret_key=STRONG_SECRET, vapid_private_key=key)


def test_production_has_a_push_key_only_if_one_is_set(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert secret.run(["--vapid"]) == 0
    key = capsys.readouterr().out.strip()

    without = production_settings(tmp_path, secret_key=STRONG_SECRET)
    with_key = production_settings(tmp_path, secret_key=STRONG_SECRET, vapid_private_key=key)

    assert (without.push.private_key(), with_key.push.private_key()) == ("", key)
    assert len(public_key(key)) == 87


def test_production_refuses_pushes_to_private_addresses(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="PUSH_TO_PRIVATE_ADDRESSES"):
        production_settings(tmp_path, secret_key=STRONG_SECRET, push_to_private_addresses=True)


@pytest.mark.parametrize("sender", ["livelist@localhost.localdomain", "todo@mail.localdomain"])
def test_production_needs_a_sender_of_its_own_domain(tmp_path: Path, sender: str) -> None:
    with pytest.raises(ValidationError, match="MAIL_FROM"):
        production_settings(tmp_path, secret_key=STRONG_SECRET, mail_from=sender)
