"""Variables whose name is nearly that of a setting are warned about at the start."""

import logging
from pathlib import Path

import pytest

from shared import settings
from shared.logs import configure_logging
from shared.settings import environment_variables, load_settings, misspelled_settings
from shared.settings.near_misses import MAX_FOUND, near_misses

KNOWN = list(environment_variables())


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("DATABSE_URL", "DATABASE_URL"),
        ("DATABASE_URI", "DATABASE_URL"),
        ("DATABASEURL", "DATABASE_URL"),
        ("DATABASE_RUL", "DATABASE_URL"),
        ("DATBASE_ULR", "DATABASE_URL"),
        ("LIVELIST_DATABASE_URL", "DATABASE_URL"),
        ("LIVELIST_PORT", "PORT"),
        ("LIVELIST_SECRET_KEY_FILE", "SECRET_KEY"),
        ("REDIS_URI", "REDIS_URL"),
        ("ALLOWED_HOST", "ALLOWED_HOSTS"),
        ("MAIL_PASWORD", "MAIL_PASSWORD"),
        ("LOGLEVEL", "LOG_LEVEL"),
    ],
)
def test_a_misspelled_setting_is_named_with_the_one_that_is_meant(given: str, meant: str) -> None:
    assert near_misses([given], KNOWN) == [f"{given} is no setting: did you mean {meant}?"]


@pytest.mark.parametrize(
    "given",
    [
        "PATH", "HOME", "HOSTNAME", "HOSTS", "PORTS", "PORT_", "POST", "MAIL", "MAILCHECK", "MAIL_HOST",
        "DATABASE_HOST", "DATABASE_USER", "DATABASE_NAME", "POSTGRES_PASSWORD", "REDIS_PASSWORD",
        "REDIS_HOST", "REDIS_PORT", "REDIS_PORT_6379_TCP", "LIVELIST_SERVICE_HOST", "LIVELIST_TEST_POSTGRES",
        "LIVELIST_TEST_REDIS", "SECRET_KEY_FILE", "DATABASE_URL", "WEB_CONCURRENCY", "LOGNAME", "DATA",
        "SESSION_MANAGER", "PUBLIC_IP", "XDG_DATA_DIRS", "COMPOSE_FILE", "",
    ],
)  # fmt: skip
def test_other_variables_are_not_mentioned(given: str) -> None:
    assert near_misses([given], KNOWN) == []


def test_a_setting_that_is_given_by_its_right_name_is_not_missed() -> None:
    assert near_misses(["REDIS_URI", "REDIS_URL"], KNOWN) == []
    assert near_misses(["REDIS_URI", "REDIS_URL_FILE"], KNOWN) == []


def test_a_thousand_misspelled_names_fill_no_log() -> None:
    assert len(near_misses([f"DATABASE_U{n}" for n in range(10, 100)], KNOWN)) <= MAX_FOUND


def test_a_process_warns_of_a_name_in_dot_env_and_shows_no_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".env").write_text("DATABSE_URL=postgres://u:s3cret@h/x\n")
    monkeypatch.setattr(settings, "ROOT", tmp_path)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level

    try:
        configure_logging(load_settings().logs, "api", misspelled_settings())
    finally:
        root.handlers, root.level = handlers, level

    printed = capsys.readouterr().err
    assert "DATABSE_URL is no setting: did you mean DATABASE_URL?" in printed
    assert "s3cret" not in printed
