"""Settings of logs, metrics and the worker's heartbeat file."""

from pydantic import Field, SecretStr, field_validator

from shared.settings.hosts import Host
from shared.settings.subject import SubjectSettings


class LogSettings(SubjectSettings):
    level: str = Field("INFO", alias="LOG_LEVEL", description="DEBUG, INFO, WARNING or ERROR.")
    format: str = Field(
        "",
        alias="LOG_FORMAT",
        description="`json` or `text`. Default: json in production, text in development.",
    )

    @field_validator("level")
    @classmethod
    def check_level(cls, value: str) -> str:
        if value.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
            raise ValueError("must be DEBUG, INFO, WARNING or ERROR")
        return value.upper()

    @property
    def as_json(self) -> bool:
        return self.format == "json" or (not self.format and self.in_production)


class MetricsSettings(SubjectSettings):
    token: SecretStr = Field(
        SecretStr(""),
        alias="METRICS_TOKEN",
        description="Bearer token for /metrics. Without one /metrics answers only to this machine.",
    )
    worker_port: int = Field(
        0,
        alias="WORKER_METRICS_PORT",
        ge=0,
        le=65535,
        description="Port where a worker shows its metrics, one for each worker of a machine; 0: none.",
    )
    worker_host: Host = Field(
        "127.0.0.1",
        alias="WORKER_METRICS_HOST",
        description="Address of that port. Every host that reaches it may read the metrics: no token is "
        "asked for.",
    )
    worker_heartbeat_path: str = Field(
        "",
        alias="WORKER_HEARTBEAT_PATH",
        description="File that a living worker touches every 10 s, for a health check; empty: none.",
    )
