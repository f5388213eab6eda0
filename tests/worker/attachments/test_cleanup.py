"""The clean-up of attachments: bytes first, then rows, and nothing that is still in use."""

import os
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, update

from shared.attachments.commands import remove_attachment
from shared.attachments.rules import content_key, thumbnail_key
from shared.errors import Unavailable
from shared.ids import AttachmentId
from shared.object_storage.store import ObjectMissing
from shared.resources import Resources
from shared.tables.accounts import UserRow
from shared.tables.details.attachments import AttachmentRow
from shared.tables.todos import TodoRow
from tests.support.attachments import chunks, insert_attachment
from tests.support.worker.job_builder import JobBuilder
from tests.support.worker.table_rows import column_values, run_chore
from tests.support.world_builder import World
from tests.worker.conftest import NOW
from worker.cleanup.attachments import MARGIN, MAX_FAILURES

MINUTE = timedelta(minutes=1)


async def _is_stored(resources: Resources, key: str) -> bool:
    try:
        await resources.objects.read(key)
    except ObjectMissing:
        return False
    return True


async def test_files_that_nobody_can_reach_are_deleted(
    resources: Resources, later: Resources, world: World, builder: JobBuilder
) -> None:
    ana = await world.user("Ana")
    home = await builder.make_list(ana)
    todo, gone = await builder.add_todo(home), await builder.add_todo(home)
    kept, removed, young, broken, orphan = [
        await insert_attachment(resources, ana, todo_id, with_thumbnail=True)
        for todo_id in (todo, todo, todo, todo, gone)
    ]
    async with resources.begin() as work:
        for state, attachment_id, at in (
            ("removed", removed, NOW - MARGIN),
            # A restore that began in time may commit now.
            ("removed", young, NOW - MARGIN + MINUTE),
            ("uploading", broken, NOW - MARGIN),
        ):
            await work.connection.execute(
                update(AttachmentRow)
                .where(AttachmentRow.id == attachment_id)
                .values(state=state, delete_at=at)
            )
        await work.connection.execute(delete(TodoRow).where(TodoRow.id == gone))

    await run_chore(later, "attachments")

    assert await column_values(resources, AttachmentRow.id) == {kept, young}
    for attachment_id in (kept, young):
        assert await _is_stored(resources, content_key(attachment_id))
    for attachment_id in (removed, broken, orphan):
        assert not await _is_stored(resources, content_key(attachment_id))
        assert not await _is_stored(resources, thumbnail_key(attachment_id))


async def test_an_upload_under_way_outlives_its_todo_until_it_has_broken_off(
    resources: Resources, later: Resources, world: World, builder: JobBuilder
) -> None:
    ana = await world.user("Ana")
    todo = await builder.add_todo(await builder.make_list(ana))
    attachment_id = await insert_attachment(resources, ana, todo)

    async def clean_up(delete_at: datetime) -> set[str]:
        async with resources.begin() as work:
            await work.connection.execute(
                update(AttachmentRow).values(state="uploading", delete_at=delete_at)
            )
            await work.connection.execute(delete(TodoRow))
        await run_chore(later, "attachments")
        return await column_values(resources, AttachmentRow.id)

    assert await clean_up(NOW + MINUTE) == {attachment_id}
    assert await _is_stored(resources, content_key(attachment_id))
    assert await clean_up(NOW - MARGIN) == set()
    assert not await _is_stored(resources, content_key(attachment_id))


async def test_a_storage_that_is_away_keeps_the_rows(
    resources: Resources,
    later: Resources,
    world: World,
    builder: JobBuilder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ana = await world.user("Ana")
    todo = await builder.add_todo(await builder.make_list(ana))
    attachment_id = await insert_attachment(resources, ana, todo)
    async with resources.begin() as work:
        await work.connection.execute(delete(TodoRow))

    async def away(keys: object) -> None:
        raise Unavailable("away")

    monkeypatch.setattr(later.objects, "delete", away)
    with pytest.raises(Unavailable):
        await run_chore(later, "attachments")

    assert await column_values(resources, AttachmentRow.id) == {attachment_id}


async def test_a_file_that_is_restored_meanwhile_keeps_its_row(
    resources: Resources,
    later: Resources,
    world: World,
    builder: JobBuilder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ana = await world.user("Ana")
    todo = await builder.add_todo(await builder.make_list(ana))
    attachment_id = await insert_attachment(resources, ana, todo)

    async def set_state(state: str, delete_at: datetime | None) -> None:
        async with resources.begin() as work:
            await work.connection.execute(
                update(AttachmentRow).values(state=state, delete_at=delete_at)
            )

    async def restored(keys: object) -> None:
        await set_state("ready", None)

    await set_state("removed", NOW - MARGIN)
    monkeypatch.setattr(later.objects, "delete", restored)
    await run_chore(later, "attachments")

    assert await column_values(resources, AttachmentRow.id) == {attachment_id}


@pytest.mark.parametrize("broken", [1, MAX_FAILURES + 1])
async def test_files_that_cannot_be_deleted_block_no_others(
    resources: Resources,
    later: Resources,
    world: World,
    builder: JobBuilder,
    monkeypatch: pytest.MonkeyPatch,
    broken: int,
) -> None:
    ana = await world.user("Ana")
    todo = await builder.add_todo(await builder.make_list(ana))
    ids = [await insert_attachment(resources, ana, todo) for _ in range(broken + 2)]
    stuck, others = set(ids[:broken]), set(ids[broken:])
    async with resources.begin() as work:
        await work.connection.execute(delete(TodoRow))
    delete_objects, tried = later.objects.delete, list[str]()

    async def refuse_some(keys: list[str]) -> None:
        tried.append(keys[0])
        if any(key.endswith(tuple(stuck)) for key in keys):
            raise Unavailable("stuck")
        await delete_objects(keys)

    monkeypatch.setattr(later.objects, "delete", refuse_some)
    for _ in range(50):
        del tried[:]
        with pytest.raises(Unavailable):
            await run_chore(later, "attachments")
        if await column_values(resources, AttachmentRow.id) == stuck:
            break

    assert await column_values(resources, AttachmentRow.id) == stuck
    for each in others:
        assert not await _is_stored(resources, content_key(each))
    # A storage that is away is not asked for each file.
    assert sum(key.endswith(tuple(stuck)) for key in tried) <= MAX_FAILURES


async def test_partial_files_of_dead_processes_are_deleted(
    resources: Resources, later: Resources
) -> None:
    await resources.objects.write("files/whole", chunks(b"whole"))
    folder = resources.settings.attachments.folder / "files"
    old, young = folder / "old#1", folder / "young#1"
    for path in (old, young):
        path.write_bytes(b"part")
    for path, age in ((old, timedelta(days=2)), (young, timedelta(hours=2))):
        os.utime(path, ((NOW - age).timestamp(),) * 2)

    await run_chore(later, "attachments")

    assert {path.name for path in folder.iterdir()} == {"whole", "young#1"}


async def test_a_file_of_a_deleted_account_stays_in_a_shared_list(
    resources: Resources, later: Resources, world: World, builder: JobBuilder
) -> None:
    ana, ben = await world.user("Ana"), await world.user("Ben")
    todo = await builder.add_todo(await builder.make_list(ana))
    attachment_id = await insert_attachment(resources, ana, todo)
    async with resources.begin() as work:
        await work.connection.execute(update(AttachmentRow).values(uploader_id=ben.user_id))
        await work.connection.execute(delete(UserRow).where(UserRow.id == ben.user_id))

    await run_chore(later, "attachments")

    assert await column_values(resources, AttachmentRow.id) == {attachment_id}
    assert await column_values(resources, AttachmentRow.uploader_id) == {None}
    assert await _is_stored(resources, content_key(AttachmentId(attachment_id)))


async def test_a_removed_file_is_deleted_an_hour_later(
    resources: Resources, world: World, builder: JobBuilder
) -> None:
    ana = await world.user("Ana")
    todo = await builder.add_todo(await builder.make_list(ana))
    attachment_id = await insert_attachment(resources, ana, todo)

    await world.run(remove_attachment, ana, attachment_id)

    [at] = await column_values(resources, AttachmentRow.delete_at)
    left = at - resources.clock.now()
    assert timedelta(minutes=59) < left <= timedelta(hours=1)
