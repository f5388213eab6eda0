"""Settings for tests, named as in the environment but in lower case: `database_url`."""

from pathlib import Path
from typing import Any

from shared.settings import Environment, Settings

# A value of SECRET_KEY that production accepts.
STRONG_SECRET = "hQ7vT2mZ_r9KxW4c-Jp6NdB8sYfL3gEa"


def plain_settings(data_dir: Path, **values: Any) -> Settings:
    """Return settings that take nothing from this machine's environment or .env file."""
    plain = {"port": 8000, "rate_limits": False, "inbound_mail_domain": "in.example.org"}
    return _settings({"data_dir": data_dir} | plain | values)


def production_settings(data_dir: Path, **values: Any) -> Settings:
    """Return settings with which production starts once a test adds SECRET_KEY."""
    safe = {
        "environment": Environment.PRODUCTION,
        "public_url": "https://todo.example.org",
        "mail_server": "mail.example.org",
        "mail_from": "todo@example.org",
        "rate_limits": True,
    }
    return plain_settings(data_dir, **safe | values)


def changed_settings(settings: Settings, **values: Any) -> Settings:
    """Return `settings` with other values for some variables."""
    given = settings.model_dump(by_alias=True, exclude_unset=True)
    for name, value in list(given.items()):
        if name.islower():  # a subject, such as `mail`, with its variables
            given |= value
    return Settings.from_variables(given | _in_capitals(values))


def _settings(values: dict[str, Any]) -> Settings:
    return Settings.from_variables(_in_capitals(values))


def _in_capitals(values: dict[str, Any]) -> dict[str, Any]:
    return {name.upper(): value for name, value in values.items()}
