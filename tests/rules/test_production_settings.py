"""Production does not start with a secret that others could guess."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from console.commands import secret
from shared.push_vapid import public_key
from shared.settings import Environment, Settings
from tests.conftest import plain_settings

STRONG = "0123456789abcdefghijklmnopqrstuvwxyz"


@pytest.mark.parametrize(
    "secrets",
    [
        {}, {"secret_key": "short"}, {"secret_key": "ab" * 32},
        {"secret_key": STRONG, "previous_secret_key": "short"},
        {"secret_key": STRONG, "previous_secret_key": "ab" * 32},
    ],
)  # fmt: skip
def test_a_weak_secret_is_refused(tmp_path: Path, secrets: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as caught:
        _production(tmp_path, **secrets)

    assert "SECRET_KEY" in str(caught.value.errors()[0]["msg"])


def test_a_secret_that_is_missing_is_said_once(tmp_path: Path) -> None:
    with pytest.raises(ValidationError) as caught:
        _production(tmp_path)

    assert str(caught.value).count("SECRET_KEY") == 1


def test_strong_secrets_are_taken(tmp_path: Path) -> None:
    _production(tmp_path, secret_key=STRONG, previous_secret_key=STRONG[::-1])


@pytest.mark.parametrize("key", ["A" * 43, "_" * 42 + "8", "A" * 42, "A" * 44, "x+" + "A" * 41])
def test_a_key_for_pushes_that_none_can_be_is_refused(tmp_path: Path, key: str) -> None:
    with pytest.raises(ValidationError, match="secret --vapid prints"):
        _production(tmp_path, secret_key=STRONG, vapid_private_key=key)


def test_without_a_key_production_pushes_nothing_and_with_one_that_was_made_it_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert secret.run(["--vapid"]) == 0
    made = capsys.readouterr().out.strip()

    without = _production(tmp_path, secret_key=STRONG)
    with_one = _production(tmp_path, secret_key=STRONG, vapid_private_key=made)

    assert (without.push_key(), with_one.push_key()) == ("", made)
    assert len(public_key(made)) == 87


def test_production_pushes_to_no_private_address(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="PUSH_TO_PRIVATE_ADDRESSES"):
        _production(tmp_path, secret_key=STRONG, push_to_private_addresses=True)


def _production(data_dir: Path, **values: Any) -> Settings:
    return plain_settings(
        data_dir,
        environment=Environment.PRODUCTION,
        public_url="https://todo.example.org",
        mail_server="mail.example.org",
        rate_limits=True,
        **values,
    )
