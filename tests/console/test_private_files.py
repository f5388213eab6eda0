"""Other users of the machine cannot read the database, the secrets and the mails."""

import asyncio
import os
import stat
from pathlib import Path

import pytest

from console.processes.startup_checks import lock_data_dir
from console.schema.upgrade import upgrade
from shared.database.errors import SchemaOutdated
from shared.resources import open_resources
from tests.support.settings import plain_settings


@pytest.mark.parametrize("first", ["upgrade", "connection", "secret", "push key", "lock"])
async def test_what_a_process_creates_is_for_its_user_alone(tmp_path: Path, first: str) -> None:
    # Whatever creates the folder first, and however careless the umask is.
    settings = plain_settings(tmp_path / "data")
    before = os.umask(0)
    try:
        if first == "connection":
            async with open_resources(settings) as resources:
                with pytest.raises(SchemaOutdated):
                    await resources.schema.require()
        elif first == "secret":
            settings.secrets.signing_keys()
        elif first == "push key":
            settings.push.private_key()
        elif first == "lock":
            with lock_data_dir(settings):
                pass
        await asyncio.to_thread(upgrade, settings)
        settings.secrets.signing_keys()
        settings.push.private_key()
    finally:
        os.umask(before)

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in settings.data_dir.iterdir()}
    assert stat.S_IMODE(settings.data_dir.stat().st_mode) == 0o700
    assert {name: mode for name, mode in modes.items() if mode != 0o600 and name != "up.lock"} == {}
    assert {"livelist.db", "secret", "vapid"} <= set(modes)


def test_a_folder_that_was_opened_on_purpose_stays_open(tmp_path: Path) -> None:
    settings = plain_settings(tmp_path / "data")
    settings.data_dir.mkdir(mode=0o755)

    upgrade(settings)

    assert stat.S_IMODE(settings.data_dir.stat().st_mode) == 0o755
    assert stat.S_IMODE((settings.data_dir / "livelist.db").stat().st_mode) == 0o600
