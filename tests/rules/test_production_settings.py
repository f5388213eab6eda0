"""Production does not start with a secret that others could guess."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from console.commands import secret
from shared.push_vapid import public_key
from tests.support.settings import STRONG_SECRET, production_settings


@pytest.mark.parametrize(
    "secrets",
    [
        {}, {"secret_key": "short"}, {"secret_key": "ab" * 32},
        {"secret_key": STRONG_SECRET, "previous_secret_key": "short"},
        {"secret_key": STRONG_SECRET, "previous_secret_key": "ab" * 32},
    ],
)  # fmt: skip
def test_a_weak_secret_is_refused(tmp_path: Path, secrets: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as caught:
        production_settings(tmp_path, **secrets)

    assert "SECRET_KEY" in str(caught.value.errors()[0]["msg"])


def test_a_secret_that_is_missing_is_said_once(tmp_path: Path) -> None:
    with pytest.raises(ValidationError) as caught:
        production_settings(tmp_path)

    assert str(caught.value).count("SECRET_KEY") == 1


def test_strong_secrets_are_taken(tmp_path: Path) -> None:
    production_settings(tmp_path, secret_key=STRONG_SECRET, previous_secret_key=STRONG_SECRET[::-1])


@pytest.mark.parametrize("key", ["A" * 43, "_" * 42 + "8", "A" * 42, "A" * 44, "x+" + "A" * 41])
def test_a_key_for_pushes_that_none_can_be_is_refused(tmp_path: Path, key: str) -> None:
    with pytest.raises(ValidationError, match="secret --vapid prints"):
        production_settings(tmp_path, secret_key=STRONG_SECRET, vapid_private_key=key)


def test_without_a_key_production_pushes_nothing_and_with_one_that_was_made_it_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert secret.run(["--vapid"]) == 0
    made = capsys.readouterr().out.strip()

    without = production_settings(tmp_path, secret_key=STRONG_SECRET)
    with_one = production_settings(tmp_path, secret_key=STRONG_SECRET, vapid_private_key=made)

    assert (without.push.private_key(), with_one.push.private_key()) == ("", made)
    assert len(public_key(made)) == 87


def test_production_pushes_to_no_private_address(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="PUSH_TO_PRIVATE_ADDRESSES"):
        production_settings(tmp_path, secret_key=STRONG_SECRET, push_to_private_addresses=True)
