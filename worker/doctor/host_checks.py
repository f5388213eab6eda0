"""Check this machine: push keys, file descriptors, and the disk of DATA_DIR."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from shared import push_vapid
from shared.host import open_files
from shared.settings import Settings
from worker.doctor.findings import Check, Finding, failed, ok, warning

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
    # The processes raise their own limit to this.
    possible = open_files.possible_files()
    if possible < open_files.API_CONNECTIONS + open_files.RESERVED_FILES:
        return warning(
            f"{possible}: an API process accepts {open_files.accepted_connections(possible)} connections",
            "Allow 65536: ulimit -Hn, LimitNOFILE= of systemd, or ulimits of Compose.",
        )
    return ok(f"{possible}")


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
