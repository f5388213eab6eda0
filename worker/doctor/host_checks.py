"""Check this machine: push keys, file descriptors, and the disk of DATA_DIR."""

import resource
import shutil
from collections.abc import Mapping
from pathlib import Path

from shared import push_vapid
from shared.settings import Settings
from worker.doctor.findings import Check, Finding, failed, ok, warning

# An API process holds one descriptor for each socket and request, up to 20,000 (api/__main__.py).
# Systems commonly allow 1,024, which 900 open browser tabs use up.
ENOUGH_FILES = 4096
# SQLite, its journal and the broker's file grow by this in an hour of imports.
LOW_BYTES = 1024**3
FULL_BYTES = 100 * 1024**2


def host_checks(settings: Settings) -> Mapping[str, Check]:
    """Return the checks by name."""

    async def push_keys() -> Finding:
        is_given = settings.push.vapid_private_key.get_secret_value() or settings.in_production
        if not is_given and not (settings.data_dir / "vapid").exists():
            return ok("none yet: development creates one at the start")
        key = settings.push.private_key()
        if not key:
            return warning(
                "none: browsers get no push messages",
                "Set VAPID_PRIVATE_KEY to what ./livelist secret --vapid prints.",
            )
        return ok(f"public key {push_vapid.public_key(key)[:12]}…")

    async def disk() -> Finding:
        return check_disk(settings.data_dir)

    return {"push keys": push_keys, "file descriptors": file_descriptors, "disk": disk}


async def file_descriptors() -> Finding:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < ENOUGH_FILES:
        return warning(
            f"{soft}: an API process holds about {max(0, soft - 100)} sockets",
            "Allow 65536: ulimit -n, LimitNOFILE= of systemd, or ulimits of Compose.",
        )
    return ok("without limit" if soft == resource.RLIM_INFINITY else f"{soft}")


def check_disk(folder: Path) -> Finding:
    """Return how much is free where DATA_DIR is, or will be created."""
    existing = folder.absolute()
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    free = shutil.disk_usage(existing).free
    text = f"{free / 1024**3:.1f} GiB free in {folder}"
    if free < FULL_BYTES:
        return failed(text, "Free space now: writes fail when the disk is full.")
    if free < LOW_BYTES:
        return warning(text, "Free space soon.")
    return ok(text)
