"""A host that no resolver takes is refused at the start, in words."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from shared.jobs.retries import ConfigurationError, Permanent
from tests.support.settings import plain_settings
from worker.mail.smtp_errors import classify

HOSTS = ("a..b", ".example.org", f"{'a' * 64}.example.org", "a b", "a\x00b")


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("host", "{}"),
        ("worker_metrics_host", "{}"),
        ("mail_server", "{}"),
        ("public_url", "http://{}"),
        ("database_url", "postgresql+asyncpg://u:p@{}:5432/name"),
        ("database_url", "postgresql+asyncpg:///name?host={}"),
        ("database_replica_url", "postgresql+asyncpg://u:p@{}:5432/name"),
        ("redis_url", "redis://:p@{}:6379/0"),
        ("redis_cluster_url", "redis://:p@{}:6379/0"),
    ],
)
def test_a_host_that_no_resolver_takes_is_refused(
    tmp_path: Path, name: str, form: str, host: str
) -> None:
    with pytest.raises(ValidationError, match=r"host|PUBLIC_URL"):
        plain_settings(tmp_path, **{name: form.format(host)})


@pytest.mark.parametrize(
    "host", ["localhost", "::1", "fe80::1%eth0", "192.0.2.1", "straße.example", "a_b.example."]
)
def test_other_hosts_are_taken(tmp_path: Path, host: str) -> None:
    names = ("host", "worker_metrics_host", "mail_server")

    settings: Any = plain_settings(tmp_path, **dict.fromkeys(names, host))

    assert settings.mail.server == host


def test_an_impossible_name_while_connecting_pauses_mail_and_gives_none_up() -> None:
    assert isinstance(classify(UnicodeError("label empty"), is_connecting=True), ConfigurationError)
    assert isinstance(classify(ValueError("of one mail")), Permanent)
