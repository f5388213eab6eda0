"""How settings are read from the file .env and the environment."""

from pathlib import Path

import pytest

from shared import settings
from shared.settings import load_settings


def test_a_name_without_a_value_in_dot_env_sets_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("MAIL_STARTTLS\nSECRET_KEY\nMAIL_FROM_NAME=Our lists\n")
    monkeypatch.setattr(settings, "ROOT", tmp_path)
    monkeypatch.delenv("MAIL_FROM_NAME", raising=False)

    loaded = load_settings()

    assert loaded.mail.starttls is True
    assert loaded.secrets.secret_key.get_secret_value() == ""
    assert loaded.mail.sender_name == "Our lists"
