"""Production does not start with a secret that others could guess."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from shared.settings import Environment
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


def test_strong_secrets_are_taken(tmp_path: Path) -> None:
    _production(tmp_path, secret_key=STRONG, previous_secret_key=STRONG[::-1])


def _production(data_dir: Path, **secrets: str) -> None:
    plain_settings(
        data_dir,
        environment=Environment.PRODUCTION,
        public_url="https://todo.example.org",
        mail_server="mail.example.org",
        rate_limits=True,
        **secrets,
    )
