"""Variables whose name is nearly that of a setting are warned about at the start."""

import sys
from pathlib import Path

import pytest

from shared import settings
from shared.settings import environment_variables, misspelled_settings
from shared.settings.near_misses import MAX_FOUND, near_misses
from tests.support.services.processes import running

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


def test_a_name_in_dot_env_is_found_and_its_value_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("DATABSE_URL=postgres://u:s3cret@h/x\n")
    monkeypatch.setattr(settings, "ROOT", tmp_path)
    monkeypatch.delenv("DATABASE_URL", raising=False)

    assert "DATABSE_URL is no setting: did you mean DATABASE_URL?" in misspelled_settings()
    assert "s3cret" not in str(misspelled_settings())


@pytest.mark.parametrize("process", ["api", "worker"])
async def test_a_process_warns_of_a_misspelled_name(
    tmp_path: Path, unused_tcp_port: int, process: str
) -> None:
    environment = {
        "DATA_DIR": str(tmp_path), "PORT": str(unused_tcp_port), "LIVELIST_MAIL_SERVER": "mx.s3cret",
    }  # fmt: skip

    async with running(process, [sys.executable, "-m", process], environment) as child:
        await child.wait_for_line("LIVELIST_MAIL_SERVER is no setting: did you mean MAIL_SERVER?")

    assert "s3cret" not in child.log
