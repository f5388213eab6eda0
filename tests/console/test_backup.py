"""Backups: complete, private, checked before anything is replaced, and restored under new epochs."""

import asyncio
import json
import os
import shutil
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from console.backup.archive import BackupError
from console.commands import backup, restore
from console.commands.backup import back_up
from console.schema.upgrade import upgrade
from shared.database.schema_check import code_revision
from shared.resources import Resources, open_resources
from shared.settings import Settings
from tests.conftest import WORKER
from tests.support.api_server import served
from tests.support.database import new_postgres_database
from tests.support.migrations import Rows, fill_tables, on_connection, read_tables
from tests.support.realtime.websocket_client import insert_list, socket_of, write_event
from tests.support.services.processes import wait_until
from tests.support.settings import plain_settings
from tests.support.world_builder import World


def new_database(
    request: pytest.FixtureRequest, folder: Path, name: str, *, is_sqlite: bool
) -> Iterator[Settings]:
    if is_sqlite:
        yield plain_settings(folder / name)
        return
    admin_url = request.getfixturevalue("postgres_admin_url")
    with new_postgres_database(admin_url, f"livelist_{name}_{WORKER}_{os.getpid()}") as url:
        yield plain_settings(folder / name, database_url=url)


@pytest.fixture
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Settings of another database, without tables, of the kind of the test's own."""
    own: Settings = request.getfixturevalue(
        "empty_database" if "empty_database" in request.fixturenames else "settings"
    )
    is_sqlite = own.database.is_sqlite
    yield from new_database(request, tmp_path, "elsewhere", is_sqlite=is_sqlite)


@pytest.fixture
def filled(empty_database: Settings) -> Settings:
    """Settings of a database with rows in every table."""
    upgrade(empty_database)
    on_connection(empty_database, fill_tables)
    return empty_database


def without_epochs(rows: Rows) -> Rows:
    streams = sorted(({**row, "epoch": ""} for row in rows["streams"]), key=lambda row: row["id"])
    return {**rows, "streams": streams}


async def test_after_a_restore_clients_fetch_again_and_no_earlier_commit_is_lost(
    settings: Settings, resources: Resources, world: World, elsewhere: Settings, tmp_path: Path
) -> None:
    ana = await world.user("Ana")
    followed = await insert_list(resources, ana)
    committed: list[int] = []
    is_over = False

    async def write() -> None:
        while not is_over:
            committed.append(await write_event(resources, followed.list_id, ana))

    writer = asyncio.create_task(write())
    await wait_until(lambda: len(committed) >= 20)
    before = committed[-1]

    await asyncio.to_thread(back_up, settings, tmp_path / "backup")

    during = committed[-1]
    await wait_until(lambda: committed[-1] > during)
    is_over = True
    await writer
    # What the manifest names as needed besides.
    elsewhere.data_dir.mkdir(exist_ok=True)
    settings.secrets.signing_keys()
    shutil.copy(settings.data_dir / "secret", elsewhere.data_dir / "secret")
    await asyncio.to_thread(restore.restore, elsewhere, tmp_path / "backup")

    async with (
        open_resources(elsewhere) as restored,
        served(elsewhere) as node,
        socket_of(node.socket_url, restored, ana) as socket,
    ):
        await socket.subscribe((followed.list_id, followed.epoch, committed[-1]))
        reset = await socket.receive_type("reset")
        await socket.follow((followed.list_id, reset["epoch"]), since=reset["seq"])
        seq = await write_event(restored, followed.list_id, ana)
        await socket.receive_seq(followed.list_id, seq)

    assert reset["reason"] == "epoch"
    assert before <= reset["seq"] < committed[-1]


def test_every_row_is_restored_under_new_epochs(
    filled: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    before = on_connection(filled, read_tables)

    back_up(filled, tmp_path / "backup")
    restore.restore(elsewhere, tmp_path / "backup")

    after = on_connection(elsewhere, read_tables)
    assert without_epochs(after) == without_epochs(before)
    epochs = {row["epoch"] for row in before["streams"]} & {
        row["epoch"] for row in after["streams"]
    }
    assert epochs == set()


def test_an_older_backup_is_migrated(
    empty_database: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    upgrade(empty_database, "0003")
    on_connection(empty_database, fill_tables)
    back_up(empty_database, tmp_path / "backup")
    # Newer than the backup, and without rows.
    upgrade(elsewhere)

    restore.restore(elsewhere, tmp_path / "backup")

    rows = on_connection(elsewhere, read_tables)
    assert [row["description"] for row in rows["todos"]] == ["row-1", "row-2", "row-3"]


def test_rows_are_replaced_only_if_told(
    filled: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    back_up(filled, tmp_path / "backup")
    expected = on_connection(filled, read_tables)
    upgrade(elsewhere)
    on_connection(elsewhere, fill_tables)
    on_connection(elsewhere, lambda found: found.execute(text("UPDATE users SET name = 'Other'")))
    kept = on_connection(elsewhere, read_tables)

    with pytest.raises(BackupError, match="--replace"):
        restore.restore(elsewhere, tmp_path / "backup")

    assert on_connection(elsewhere, read_tables) == kept
    restore.restore(elsewhere, tmp_path / "backup", replace=True)
    restored = on_connection(elsewhere, read_tables)
    assert without_epochs(restored) == without_epochs(expected)


def test_a_damaged_file_changes_nothing(
    filled: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    back_up(filled, tmp_path / "whole")
    with (
        zipfile.ZipFile(tmp_path / "whole") as whole,
        zipfile.ZipFile(tmp_path / "damaged", "w") as damaged,
    ):
        for name in whole.namelist():
            content = whole.read(name)
            damaged.writestr(name, content if name == "manifest.json" else content + b"\n")
    (tmp_path / "half").write_bytes((tmp_path / "whole").read_bytes()[:-100])

    for name in ("damaged", "half"):
        with pytest.raises(BackupError, match="damaged"):
            restore.restore(elsewhere, tmp_path / name)

    assert on_connection(elsewhere, read_tables) == {}


def test_a_backup_of_another_database_or_a_newer_release_is_refused_in_words(
    filled: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    back_up(filled, tmp_path / "backup")
    with zipfile.ZipFile(tmp_path / "backup") as archive:
        manifest = json.loads(archive.read("manifest.json"))
    changes = {"sqlite": "postgres", "postgres": "sqlite"}
    for change, words in (
        ({"database": changes[manifest["database"]]}, "DATABASE_URL"),
        ({"revision": "9999"}, "newer than this code"),
        ({"format": 2}, "newer release"),
    ):
        with zipfile.ZipFile(tmp_path / "changed", "w") as archive:
            archive.writestr("manifest.json", json.dumps(manifest | change | {"entries": {}}))

        with pytest.raises(BackupError, match=words):
            restore.restore(elsewhere, tmp_path / "changed")


def test_the_file_is_private_and_names_what_else_is_needed(
    filled: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(backup, "load_settings", lambda: filled)
    file = tmp_path / "backups" / "of today"
    file.parent.mkdir()
    umask = os.umask(0)

    codes = [backup.run([str(file)]), backup.run([str(file)])]

    os.umask(umask)
    shown = capsys.readouterr()
    assert codes == [0, 1]
    assert "exists already" in shown.err
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]
    with zipfile.ZipFile(file) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    assert manifest["revision"] == code_revision()
    assert manifest["created_at"].endswith("Z")
    assert all(len(entry["sha256"]) == 64 for entry in manifest["entries"].values())
    for needed in ("secret", "vapid"):
        assert str(filled.data_dir / needed) in shown.out
        assert any(needed in line for line in manifest["needed_besides"])


def test_a_backup_that_fails_leaves_no_file(empty_database: Settings, tmp_path: Path) -> None:
    with pytest.raises(BackupError):
        back_up(empty_database, tmp_path / "backup")

    assert not list(tmp_path.glob("*backup*"))
    assert not list(tmp_path.glob(".*backup*"))
