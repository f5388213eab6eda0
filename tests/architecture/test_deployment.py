"""The deployment files fit the code: commands, modules, settings. Needs no Docker engine."""

import asyncio
import importlib.util
import json
import os
import re
import shlex
import shutil
import subprocess
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml

from api.__main__ import DRAIN_SECONDS as API_SECONDS
from api.http.paths import PROBES
from api.operations.health import router as health_router
from console.command_table import COMMANDS
from shared.settings import ROOT, Settings, environment_variables
from tests.support.api_server import served
from tests.support.deadlines import DEADLINE_SECONDS
from tests.support.openapi_document import DOCUMENT
from tests.support.settings import plain_settings
from worker.main import DRAIN_SECONDS as WORKER_SECONDS

SETTINGS = set(environment_variables())
# The limit of SHUTDOWN_DELAY_SECONDS.
(LONGEST_DELAY_SECONDS,) = [
    limit.le
    for limit in environment_variables()["SHUTDOWN_DELAY_SECONDS"].metadata
    if hasattr(limit, "le")
]
# Variables of docker-compose.yml that are no settings.
COMPOSE_ONLY = {"POSTGRES_PASSWORD", "REDIS_PASSWORD", "API_PORTS"}

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
BUILT_SERVICES = {name for name, service in COMPOSE["services"].items() if service.get("build")}
DOCKERFILE = (ROOT / "Dockerfile").read_text()
ENV_EXAMPLE = (ROOT / ".env.example").read_text()


def assert_runs(words: list[str]) -> None:
    """Assert that `words` start a package that exists, with arguments that it knows."""
    assert words[:2] == ["python", "-m"], words
    assert importlib.util.find_spec(words[2]), words
    assert importlib.util.find_spec(f"{words[2]}.__main__"), words
    if words[2] == "console":
        assert words[3] in {command.name for command in COMMANDS}
    else:
        assert words[3:] == []


def stages(dockerfile: str) -> list[str]:
    return re.split(r"^FROM ", dockerfile, flags=re.MULTILINE)[1:]


def test_the_procfile_starts_commands_that_exist() -> None:
    lines = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())

    # No line for a process that ends: programs such as honcho then end the others.
    assert set(lines) == {"web", "worker"}
    for line in lines.values():
        *before, last = line.split(" && ")
        # Without exec the shell would be the parent, and swallow signals.
        assert last.startswith("exec ")
        for command in (*before, last.removeprefix("exec ")):
            assert_runs(shlex.split(command))


def test_compose_has_every_service() -> None:
    assert set(COMPOSE["services"]) == {"postgres", "redis", "mail", "migrate", "api", "worker"}
    assert {"migrate", "api", "worker"} == BUILT_SERVICES


@pytest.mark.parametrize("name", sorted(BUILT_SERVICES))
def test_compose_starts_commands_that_exist(name: str) -> None:
    service = COMPOSE["services"][name]

    assert_runs(service["command"])
    assert set(service["environment"]) <= SETTINGS


def test_compose_uses_only_variables_of_dot_env_example() -> None:
    text = (ROOT / "docker-compose.yml").read_text()

    # $$NAME is a variable of the container's shell.
    used = set(re.findall(r"(?<!\$)\$\{?([A-Z_]+)", text))

    assert used <= SETTINGS | COMPOSE_ONLY
    assert used >= COMPOSE_ONLY
    for secret in ("SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD"):
        # `:?` makes compose refuse to start without the secret.
        assert not re.search(rf"\$\{{{secret}(?!:\?)", text), secret


def test_compose_depends_only_on_conditions_that_can_be_met() -> None:
    services = COMPOSE["services"]
    for service in services.values():
        for name, dependency in service.get("depends_on", {}).items():
            needed = services[name]
            if dependency["condition"] == "service_healthy":
                assert needed["healthcheck"]["test"]
            if dependency["condition"] == "service_completed_successfully":
                assert needed["restart"] == "no"


def test_compose_publishes_ports_on_this_machine_only_and_none_of_database_or_broker() -> None:
    for name, service in COMPOSE["services"].items():
        for port in service.get("ports", ()):
            assert name not in ("postgres", "redis")
            assert port.startswith("127.0.0.1:")


def test_compose_can_run_several_api_processes_and_workers() -> None:
    for name in ("api", "worker"):
        assert "container_name" not in COMPOSE["services"][name]
        assert "hostname" not in COMPOSE["services"][name]
    (port,) = COMPOSE["services"]["api"]["ports"]
    # A range of ports: each container gets one.
    assert port == "127.0.0.1:${API_PORTS:-${PORT:-8000}}:8000"
    assert "ports" not in COMPOSE["services"]["worker"]


@pytest.mark.parametrize("name", sorted(BUILT_SERVICES))
def test_compose_gives_containers_a_read_only_disk_and_no_rights(name: str) -> None:
    service = COMPOSE["services"][name]

    assert service["read_only"] is True
    assert {mount.split(":")[0] for mount in service["tmpfs"]} == {"/tmp", "/data"}
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["cap_drop"] == ["ALL"]
    assert "privileged" not in service


def test_compose_limits_every_log() -> None:
    for service in COMPOSE["services"].values():
        assert service["logging"]["driver"] == "json-file"
        assert service["logging"]["options"] == {"max-size": "10m", "max-file": "5"}


def test_compose_starts_the_mail_catcher_only_if_asked() -> None:
    for name, service in COMPOSE["services"].items():
        assert service.get("profiles") == (["mail"] if name == "mail" else None)


def test_compose_trusts_exactly_the_gateway_of_its_fixed_network() -> None:
    (network,) = COMPOSE["networks"]["default"]["ipam"]["config"]
    trusted = COMPOSE["services"]["api"]["environment"]["TRUSTED_PROXIES"]

    assert trusted == f"${{TRUSTED_PROXIES:-{network['gateway']}}}"
    assert ip_address(network["gateway"]) in ip_network(network["subnet"])


def test_health_checks_start_no_python() -> None:
    (image_check,) = re.findall(r"^HEALTHCHECK .+\n +CMD (.+)$", DOCKERFILE, re.MULTILINE)
    checks = [service.get("healthcheck", {}) for service in COMPOSE["services"].values()]

    for words in (json.loads(image_check), *(check.get("test", []) for check in checks)):
        assert "python" not in " ".join(words)


@pytest.mark.parametrize(("age_seconds", "code"), [(0, 0), (30, 0), (40, 1), (None, 1)], ids=str)
def test_the_health_check_of_the_worker_reads_the_age_of_its_file(
    tmp_path: Path, age_seconds: int | None, code: int
) -> None:
    worker = COMPOSE["services"]["worker"]
    kind, script = worker["healthcheck"]["test"]
    path = worker["environment"]["WORKER_HEARTBEAT_PATH"]
    heartbeat = tmp_path / "heartbeat"
    if age_seconds is not None:
        heartbeat.touch()
        touched_at = heartbeat.stat().st_mtime - age_seconds
        os.utime(heartbeat, (touched_at, touched_at))

    assert kind == "CMD-SHELL"
    assert path in script
    local = script.replace("$$", "$").replace(path, str(heartbeat))
    assert subprocess.run(["sh", "-c", local], stderr=subprocess.DEVNULL).returncode == code


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash on PATH; the image has one")
async def test_the_health_check_of_the_image_reads_the_status_of_the_api(tmp_path: Path) -> None:
    (words,) = re.findall(r"^HEALTHCHECK .+\n +CMD (.+)$", DOCKERFILE, re.MULTILINE)

    async def check(port: int) -> int:
        process = await asyncio.create_subprocess_exec(
            *json.loads(words), env={"PORT": str(port)}, stderr=asyncio.subprocess.DEVNULL
        )
        async with asyncio.timeout(DEADLINE_SECONDS):
            return await process.wait()

    async with served(plain_settings(tmp_path)) as node:
        assert await check(node.port) == 0
    assert await check(node.port) == 1


def test_compose_keeps_data_in_volumes_and_restarts_its_services() -> None:
    for name, service in COMPOSE["services"].items():
        assert service["restart"] == ("no" if name == "migrate" else "unless-stopped")
        for volume in service.get("volumes", ()):
            assert volume.split(":")[0] in COMPOSE["volumes"]
    assert set(COMPOSE["volumes"]) == {"attachments", "postgres", "redis"}


def test_addresses_within_compose_match() -> None:
    environment = COMPOSE["services"]["api"]["environment"]

    assert re.search(r"@postgres:5432/livelist$", environment["DATABASE_URL"])
    assert environment["DATABASE_URL"].startswith("postgresql+asyncpg://livelist:")
    assert re.search(r"@redis:6379/0$", environment["REDIS_URL"])
    assert COMPOSE["services"]["postgres"]["environment"]["POSTGRES_DB"] == "livelist"
    (port,) = COMPOSE["services"]["api"]["ports"]
    assert port.endswith(f":{environment['PORT']}")


def test_containers_get_longer_to_stop_than_processes_need() -> None:
    for name in BUILT_SERVICES:
        grace = int(COMPOSE["services"][name]["stop_grace_period"].removesuffix("s"))
        assert grace > max(API_SECONDS + LONGEST_DELAY_SECONDS, WORKER_SECONDS)


def test_the_image_holds_exactly_the_packages_it_runs() -> None:
    build, final = stages(DOCKERFILE)
    copied = {
        source
        for sources in re.findall(r"^COPY (?!--from)(.+) \S+$", final, re.MULTILINE)
        for source in sources.split()
    }

    assert copied == {
        "pyproject.toml", "migrations", "shared", "api", "realtime", "worker", "console", "web",
    }  # fmt: skip
    kept = {
        line.removeprefix("!")
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    assert kept == copied | {"uv.lock"}
    # The locked versions, with their hashes, without the development tools.
    assert "uv sync --locked --no-dev" in build


def test_the_image_runs_unprivileged_and_has_a_health_check() -> None:
    _, final = stages(DOCKERFILE)
    paths = {route.path for route in health_router.routes}  # type: ignore[attr-defined]

    assert re.search(r"^USER livelist$", final, re.MULTILINE)
    (path,) = re.findall(r"GET (/health[a-z/]*) ", final)
    assert path in paths
    command = re.findall(r"^CMD (\[.+\])$", final, re.MULTILINE)[-1]
    assert_runs(yaml.safe_load(command))
    declared = set(re.findall(r"([A-Z_]+)=", final.split("ENV ")[1].split("\nUSER")[0]))
    assert declared - {"PATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"} <= SETTINGS


def test_the_image_has_a_supported_python() -> None:
    for version in re.findall(r"^FROM python:3\.(\d+)", DOCKERFILE, re.MULTILINE):
        assert int(version) >= 11


def test_dot_env_example_documents_every_setting_and_no_other() -> None:
    lines = re.findall(r"^#([A-Z_0-9]+)=(.*)$", ENV_EXAMPLE, re.MULTILINE)
    documented = dict(lines)
    # A comment breaks its lines elsewhere than the description in the code.
    unwrapped = re.sub(r"(?<!\n)\n# ", " ", ENV_EXAMPLE)

    assert len(documented) == len(lines)
    assert set(documented) == SETTINGS | COMPOSE_ONLY
    for name, field in environment_variables().items():
        assert field.description, name
        assert f"# {field.description}\n#{name}=" in unwrapped, name
        assert documented[name] == as_text(field.default), name


def as_text(default: Any) -> str:
    if hasattr(default, "get_secret_value"):
        return str(default.get_secret_value())
    if isinstance(default, bool):
        return str(default).lower()
    return ",".join(default) if isinstance(default, tuple) else str(default)


def test_a_copy_of_dot_env_example_changes_nothing(tmp_path: Any) -> None:
    given = {
        name: value
        for name, value in re.findall(r"^#([A-Z_0-9]+)=(.*)$", ENV_EXAMPLE, re.MULTILINE)
        if value and name in SETTINGS
    }

    read, default = Settings.from_variables(given), Settings.from_variables({})

    assert read == default


def test_probes_are_routes() -> None:
    paths = set(DOCUMENT["paths"])

    assert paths >= PROBES
