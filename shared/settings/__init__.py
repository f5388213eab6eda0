"""The settings of one process, read from its environment and the file .env.

Each module defines the fields of a subject (`observability`: of logs and metrics), their
validation and their checks for production; the alias
of a field is the name of its environment variable (MAIL_SERVER is `settings.mail.server`). Nothing
else reads the environment. docs/operations.md describes every setting.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, DotEnvSettingsSource, EnvSettingsSource

from shared.settings.accounts import AccountSettings
from shared.settings.database import DatabaseSettings
from shared.settings.external_sign_in.issuers import IssuerSettings
from shared.settings.external_sign_in.providers import ProviderSettings
from shared.settings.inbound_mail import InboundMailSettings
from shared.settings.mail import MailSettings
from shared.settings.near_misses import near_misses
from shared.settings.observability import LogSettings, MetricsSettings
from shared.settings.push import PushSettings
from shared.settings.rate_limits import RateLimitSettings
from shared.settings.redis import RedisSettings
from shared.settings.secrets import SecretSettings
from shared.settings.site import SiteSettings
from shared.settings.storage.attachments import AttachmentSettings
from shared.settings.subject import ROOT, Environment, SubjectSettings
from shared.settings.web import WebSettings
from shared.settings.webhooks import WebhookSettings

__all__ = [
    "ROOT", "Environment", "Settings", "SettingsError", "environment_variables", "load_settings",
    "misspelled_settings",
]  # fmt: skip


class Settings(SubjectSettings):
    """All settings, by subject. Build them with `load_settings` or `from_variables`."""

    web: WebSettings
    site: SiteSettings
    limits: RateLimitSettings
    database: DatabaseSettings
    redis: RedisSettings
    accounts: AccountSettings
    issuers: IssuerSettings
    providers: ProviderSettings
    secrets: SecretSettings
    push: PushSettings
    webhooks: WebhookSettings
    attachments: AttachmentSettings
    mail: MailSettings
    inbound_mail: InboundMailSettings
    logs: LogSettings
    metrics: MetricsSettings

    failpoint: str = Field(
        "",
        alias="FAILPOINT",
        description="`name:kill`, `name:raise` or `name:kill:N`: breaks a failpoint. For tests only.",
    )

    @classmethod
    def from_variables(cls, variables: Mapping[str, Any]) -> Self:
        """Return the settings that these environment variables describe.

        Variables that are no settings are ignored. Raise ValidationError with an error for each
        wrong value. In production, unsafe values are wrong too.
        """
        return cls.model_validate({**variables, **dict.fromkeys(_subjects(), variables)})

    @property
    def sender_name(self) -> str:
        """The name of the sender of every mail."""
        return self.mail.sender_name or self.site.name

    @field_validator("failpoint")
    @classmethod
    def check_failpoint(cls, value: str) -> str:
        if value and not re.fullmatch(r"[a-z_]+:(kill|raise)(:[1-9][0-9]*)?", value):
            raise ValueError("must look like smtp_accepted:kill")
        return value

    @model_validator(mode="after")
    def refuse_unsafe_values(self) -> Self:
        if self.in_production:
            subjects: list[SubjectSettings] = [getattr(self, name) for name in _subjects()]
            unsafe = [each for subject in subjects for each in subject.unsafe_values()]
            if self.failpoint:
                unsafe.append("FAILPOINT is for tests and kills processes")
            if unsafe:
                raise ValueError("; ".join(unsafe))
        return self


def _subjects() -> dict[str, type[SubjectSettings]]:
    """Return the class of each subject by its name in `Settings`."""
    return {
        name: field.annotation
        for name, field in Settings.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, SubjectSettings)
    }


def environment_variables() -> dict[str, FieldInfo]:
    """Return the field of every setting by the name of its environment variable."""
    groups: list[type[BaseModel]] = [*_subjects().values(), Settings]
    fields = [field for group in groups for field in group.model_fields.values()]
    return {field.alias: field for field in fields if field.alias}


class SettingsError(Exception):
    """Settings that cannot be used: one sentence for each, without its value, which may be a secret."""


def load_settings() -> Settings:
    """Return the settings of this process. Variables of the environment win over those in .env.

    Raise SettingsError with a sentence for each mistake.
    """
    given = _given_variables()
    given |= _values_in_files(given)
    try:
        return Settings.from_variables(given)
    except ValidationError as error:
        # ENVIRONMENT and DATA_DIR belong to every subject; a mistake in them is reported once.
        sentences = dict.fromkeys(map(_sentence, error.errors(include_input=False)))
        raise SettingsError("\n".join(sentences)) from None


def misspelled_settings() -> list[str]:
    """Return a sentence for each variable of the environment or .env that nearly names a setting."""
    return near_misses(_given_variables(), environment_variables())


def _given_variables() -> dict[str, str]:
    try:
        file = DotEnvSettingsSource(BaseSettings, env_file=ROOT / ".env", env_ignore_empty=True)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f".env cannot be read: {_reason(error)}") from None
    process = EnvSettingsSource(BaseSettings, env_ignore_empty=True)
    # Both sources give names in lower case: a variable may be written either way. A name without
    # `=` in .env has no value; such a line sets nothing.
    variables = {**file.env_vars, **process.env_vars}
    return {name.upper(): value for name, value in variables.items() if value is not None}


def _values_in_files(given: Mapping[str, str]) -> dict[str, str]:
    """Return the settings whose value is in a file: NAME_FILE has its path. Raise SettingsError.

    Container platforms hand secrets over in files.
    """
    values = {}
    for name in environment_variables():
        path = given.get(f"{name}_FILE")
        if not path:
            continue
        if name in given:
            raise SettingsError(f"{name}: set {name} or {name}_FILE, not both")
        try:
            values[name] = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{name}_FILE: cannot read {path}: {_reason(error)}") from None
    return values


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return str(error.strerror) if isinstance(error, OSError) else "it is no text"


# What the validating library says of a single value, in words for an operator.
_RULES = {
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_parsing": "must be true or false",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "enum": "must be {expected}",
    "literal_error": "must be {expected}",
}


def _sentence(error: ErrorDetails) -> str:
    variable = next((f"{part}: " for part in error["loc"] if part in environment_variables()), "")
    if rule := _RULES.get(error["type"]):
        return variable + rule.format(**error.get("ctx", {}))
    return variable + error["msg"].removeprefix("Value error, ")
