"""How settings are read from the file .env and the environment."""

from pathlib import Path

import pytest

from shared import settings
from shared.clock import SystemClock
from shared.settings import SettingsError, load_settings
from worker.mail.smtp_mailer import SmtpMailer


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


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PORT", "abc", "PORT: must be a whole number"),
        ("PORT", "0", "PORT: must be at least 1"),
        ("PORT", "70000", "PORT: must be at most 65535"),
        ("MAIL_STARTTLS", "perhaps", "MAIL_STARTTLS: must be true or false"),
        ("ENVIRONMENT", "prod", "ENVIRONMENT: must be 'development' or 'production'"),
        ("MAIL_FROM", "todo", "MAIL_FROM: must be an e-mail address such as todo@example.com"),
        ("MAIL_FROM", "Us <todo@example.com>", "MAIL_FROM: must be an e-mail address"),
        ("TRUSTED_PROXIES", "proxy", "TRUSTED_PROXIES: 'proxy' is no network"),
        ("PUBLIC_URL", "https://example.org/todo", "PUBLIC_URL must be an address like"),
        ("PUBLIC_URL", "https://example.org:x", "PUBLIC_URL must be an address like"),
        ("PUBLIC_URL", "https://[::1", "PUBLIC_URL must be an address like"),
        ("DATABASE_URL", "mysql://db/x", "DATABASE_URL: must start with postgresql+asyncpg://"),
        ("DATABASE_URL", "sqlite://", "DATABASE_URL: must name a file"),
        ("DATABASE_URL", "postgres://u:p@h:x/db", "DATABASE_URL: is not an address of a database"),
        ("DATABASE_URL", "postgres://h/db?sslmode=on", "DATABASE_URL: takes as sslmode one of"),
        ("DATABASE_URL", "postgres://h/db?pool=3", "DATABASE_URL: has an unknown parameter pool"),
        ("DATABASE_REPLICA_URL", "sqlite:///x.db", "DATABASE_REPLICA_URL: must start with"),
        ("REDIS_URL", "redis://h:x/0", "REDIS_URL: must look like redis://"),
        ("REDIS_CLUSTER_URL", "redis://a:1,redis://b:x", "REDIS_CLUSTER_URL: must look like"),
    ],
)
def test_a_wrong_value_is_named_in_one_sentence(
    name: str, value: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "ROOT", tmp_path)
    monkeypatch.setenv(name, value)

    with pytest.raises(SettingsError) as caught:
        load_settings()

    assert str(caught.value).startswith(sentence)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("postgres://u:p%40%2F@h:5432/db", "postgresql+asyncpg://u:p%40%2F@h:5432/db"),
        ("postgresql://h/db?sslmode=require", "postgresql+asyncpg://h/db?ssl=require"),
        ("postgresql+asyncpg:///db?host=/run/pg", "postgresql+asyncpg:///db?host=%2Frun%2Fpg"),
        ("sqlite:///data/x.db", "sqlite+aiosqlite:///data/x.db"),
    ],
)
def test_other_spellings_of_a_database_are_understood(
    given: str, stored: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "ROOT", tmp_path)
    monkeypatch.setenv("DATABASE_URL", given)

    assert load_settings().database.url == stored


def test_the_sender_may_be_of_a_company_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "ROOT", tmp_path)
    monkeypatch.setenv("MAIL_FROM", "todo@corp.local")

    loaded = load_settings()

    assert loaded.mail.sender_address == "todo@corp.local"
    SmtpMailer(loaded, SystemClock())


def test_a_value_may_be_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "ROOT", tmp_path)
    (tmp_path / "password").write_text("a secret\n")
    monkeypatch.setenv("MAIL_PASSWORD_FILE", str(tmp_path / "password"))

    assert load_settings().mail.password.get_secret_value() == "a secret"

    monkeypatch.setenv("MAIL_PASSWORD", "another")
    with pytest.raises(SettingsError, match="MAIL_PASSWORD: set MAIL_PASSWORD or"):
        load_settings()


def test_a_dot_env_that_is_no_text_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "ROOT", tmp_path)
    (tmp_path / ".env").write_bytes(b"PORT=\xff\xfe")

    with pytest.raises(SettingsError, match=r"^\.env cannot be read: it is no text$"):
        load_settings()


def test_a_file_that_cannot_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "ROOT", tmp_path)
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    for name in ("missing", "binary"):
        monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / name))

        with pytest.raises(SettingsError, match=f"SECRET_KEY_FILE: cannot read .*{name}"):
            load_settings()
