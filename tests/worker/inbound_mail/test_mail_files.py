"""Files of mails: attached to the todo, counted as uploads, refused with a sentence, never doubled."""

import base64
from email.message import EmailMessage

import pytest
from sqlalchemy import select, update

from shared.actor import Actor
from shared.attachments.rules import MAX_ATTACHMENTS_PER_TODO, content_key
from shared.contract.shapes import Role
from shared.errors import Unavailable
from shared.ids import ListId, TodoId
from shared.inbound_mail.receiving import ReceivedMail, store_mail
from shared.inbound_mail.recipients import Recipient
from shared.inbound_mail.stored_content import seal
from shared.members.commands import change_role
from shared.resources import Resources, open_resources
from shared.settings import Settings
from shared.tables.details.attachments import AttachmentRow
from shared.tables.jobs import JobRow
from shared.tables.todos import TodoRow
from shared.todos.commands.create import create_todo
from shared.todos.rules.todo_edits import NewTodo, Placement
from tests.support.attachments import insert_attachment, picture
from tests.support.inbound_mail import SENDER, Mailboxes
from tests.support.settings import changed_settings
from tests.support.worker.worker_harness import WorkerHarness
from tests.support.world_builder import World
from worker.inbound_mail.reception import ACCEPTED, Reception

Home = tuple[Actor, Actor, ListId]
PDF = b"%PDF-1.7\n" + bytes(range(256)) * 1000


def _mail(*files: tuple[str, bytes], subject: str = "Movers", text: str = "Two offers.") -> bytes:
    mail = EmailMessage()
    mail["From"], mail["Subject"], mail["Message-Id"] = SENDER, subject, "<files@example.com>"
    mail.set_content(text)
    for name, content in files:
        mail.add_attachment(content, maintype="application", subtype="x-any", filename=name)
    return mail.as_bytes(policy=mail.policy.clone(linesep="\r\n"))


async def _take(resources: Resources, worker: WorkerHarness, content: bytes, address: str) -> None:
    assert await Reception(resources).take(content, SENDER, address) == ACCEPTED
    await worker.run_once()


async def _files(resources: Resources) -> list[tuple[str, str, str | None]]:
    """Return name, type and uploader of each attached file, oldest first."""
    row = AttachmentRow
    async with resources.begin_read() as read:
        found = await read.connection.execute(
            select(row.name, row.media_type, row.uploader_id)
            .where(row.state == "ready")
            .order_by(row.id)
        )
        return [tuple(each) for each in found]


async def _content(resources: Resources, name: str) -> bytes:
    async with resources.begin_read() as read:
        found = await read.connection.execute(
            select(AttachmentRow.id, AttachmentRow.size_bytes).where(
                AttachmentRow.name == name, AttachmentRow.state == "ready"
            )
        )
        file = found.one()
    content = await resources.objects.read_all(content_key(file.id))
    assert file.size_bytes == len(content)
    return content


async def _states(resources: Resources, name: str) -> list[str]:
    async with resources.begin_read() as read:
        found = select(AttachmentRow.state).where(AttachmentRow.name == name)
        return list(await read.connection.scalars(found))


async def test_files_of_a_mail_are_attached_to_its_todo(
    resources: Resources, worker: WorkerHarness, boxes: Mailboxes, home: Home
) -> None:
    ana, _, list_id = home
    address = await boxes.address(ana, list_id)
    photo = picture(64, 48)

    await _take(resources, worker, _mail(("offer.pdf", PDF), ("../Küche.png", photo)), address)
    # The thumbnail is a job of its own.
    await worker.run_once()

    assert await boxes.todos(list_id) == [("Movers", f"Two offers.\n\nFrom: {SENDER}")]
    assert await _files(resources) == [
        ("offer.pdf", "application/pdf", ana.user_id),
        ("Küche.png", "image/png", ana.user_id),
    ]
    assert await _content(resources, "offer.pdf") == PDF
    assert await _content(resources, "Küche.png") == photo
    async with resources.begin_read() as read:
        assert await read.connection.scalar(select(TodoRow.attachment_count)) == 2
        has_thumbnail = select(AttachmentRow.has_thumbnail).where(AttachmentRow.name == "Küche.png")
        assert await read.connection.scalar(has_thumbnail)


async def test_refused_files_are_named_with_the_reason_and_the_others_attached(
    settings: Settings, resources: Resources, boxes: Mailboxes, home: Home
) -> None:
    ana, _, list_id = home
    address = await boxes.address(ana, list_id)
    nearly = PDF[:9] + bytes(1_000_000)

    mail = _mail(
        ("large.pdf", PDF[:9] + bytes(1_100_000)),
        ("empty.pdf", b""),
        ("notes.txt", b"Milk"),
        ("one.pdf", nearly),
        ("two.pdf", nearly),
        ("three.pdf", nearly),
    )
    limits = changed_settings(
        settings,
        attachment_max_mebibytes=1,
        attachments_mebibytes_per_account=2,
        attachment_types="application/*",
    )

    async with open_resources(limits) as limited:
        worker = WorkerHarness(limited, limits)
        await _take(limited, worker, mail, address)
        await worker.pushes.close()
        await worker.webhooks.close()

    assert [name for name, _, _ in await _files(resources)] == ["one.pdf", "two.pdf"]
    [(_, description)] = await boxes.todos(list_id)
    lines = description.partition("Not attached:\n")[2].splitlines()
    assert [line.partition(" (")[0] for line in lines] == [
        "- large.pdf", "- empty.pdf", "- notes.txt", "- three.pdf",
    ]  # fmt: skip
    for line, reason in zip(
        lines,
        ("may have at most 1 MB", "is empty", "of this type", "no room is left for files"),
        strict=True,
    ):
        assert reason in line
    assert "free" not in description, "the quota of Ana is nothing for the members of the list"


async def test_small_pictures_within_the_text_are_named_only(
    resources: Resources, worker: WorkerHarness, boxes: Mailboxes, home: Home
) -> None:
    ana, _, list_id = home
    mail = EmailMessage()
    mail["From"], mail["Subject"], mail["Message-Id"] = SENDER, "Movers", "<inline@example.com>"
    mail.set_content("Hello")
    mail.add_alternative("<p>Hello <img src='cid:logo'></p>", subtype="html")
    html = mail.get_payload()[1]  # type: ignore[index]
    large = picture(8, 8) + bytes(40_000)
    for name, content in (("logo.png", picture(8, 8)), ("photo.png", large)):
        html.add_related(  # type: ignore[union-attr]
            content, "image", "png", cid=f"<{name}>", filename=name, disposition="inline"
        )
    mail.add_attachment(picture(4, 4), maintype="image", subtype="png", filename="icon.png")

    await _take(resources, worker, mail.as_bytes(), await boxes.address(ana, list_id))

    assert [name for name, _, _ in await _files(resources)] == ["photo.png", "icon.png"]
    [(_, description)] = await boxes.todos(list_id)
    assert "- logo.png (1 kB): a small picture within the text" in description


async def _reply(
    resources: Resources, settings: Settings, home: Home, todo_id: TodoId, content: bytes
) -> None:
    """Store a reply of Ana to a mail about the todo."""
    ana, _, list_id = home
    sealed = seal(settings.secrets.signing_keys(), content)
    async with resources.begin() as work:
        recipient = Recipient(ana.user_id, list_id, todo_id)
        await store_mail(work, recipient, ReceivedMail("<reply>", sealed), is_limited=False)


async def _todo(world: World, home: Home) -> TodoId:
    _, ben, list_id = home
    new = NewTodo(title="Book the movers")
    return TodoId((await world.run(create_todo, ben, list_id, new, Placement())).id)


async def test_files_of_a_reply_are_attached_to_the_todo_up_to_its_limit(
    resources: Resources,
    settings: Settings,
    worker: WorkerHarness,
    boxes: Mailboxes,
    world: World,
    home: Home,
) -> None:
    _, ben, _ = home
    todo_id = await _todo(world, home)
    for _ in range(MAX_ATTACHMENTS_PER_TODO - 1):
        await insert_attachment(resources, ben, todo_id)

    mail = _mail(("offer.pdf", PDF), ("second.pdf", PDF), text="")
    await _reply(resources, settings, home, todo_id, mail)
    await worker.run_once()

    assert [name for name, _, _ in await _files(resources)].count("offer.pdf") == 1
    [(_, comment)] = await boxes.comments()
    assert comment == (
        "Attached: offer.pdf\n\nNot attached:\n- second.pdf (251 kB): A todo has at most 100 files."
    )
    assert await _states(resources, "second.pdf") == ["removed"], "the next clean-up deletes it"


async def test_files_of_a_commenter_are_named_and_not_attached(
    resources: Resources,
    settings: Settings,
    worker: WorkerHarness,
    boxes: Mailboxes,
    world: World,
    home: Home,
) -> None:
    ana, ben, list_id = home
    todo_id = await _todo(world, home)
    await world.run(change_role, ben, list_id, ana.user_id, Role.COMMENTER)

    await _reply(resources, settings, home, todo_id, _mail(("offer.pdf", PDF)))
    await worker.run_once()

    assert await _files(resources) == []
    [(author, comment)] = await boxes.comments()
    assert author == ana.user_id
    assert comment.endswith("Not attached:\n- offer.pdf (251 kB): you may not attach files")
    assert await _states(resources, "offer.pdf") == ["removed"], "the next clean-up deletes it"


async def test_a_storage_that_is_away_delays_the_todo_and_doubles_nothing(
    settings: Settings,
    resources: Resources,
    boxes: Mailboxes,
    home: Home,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ana, _, list_id = home
    address = await boxes.address(ana, list_id)
    # Room for the file, and not for two.
    content = PDF[:9] + bytes(700_000)
    limits = changed_settings(settings, attachments_mebibytes_per_account=1)

    async def fail(key: str, chunks: object) -> None:
        raise Unavailable("The storage of attached files does not answer now.")

    async with open_resources(limits) as limited:
        worker = WorkerHarness(limited, limits)
        with monkeypatch.context() as broken:
            broken.setattr(limited.objects, "write", fail)
            await _take(limited, worker, _mail(("offer.pdf", content)), address)
        before = await boxes.todos(list_id)
        async with resources.begin() as work:
            due = update(JobRow).values(run_at=work.now, fair_run_at=work.now)
            await work.connection.execute(due)
        await worker.run_once()
        await worker.pushes.close()
        await worker.webhooks.close()

    assert before == []
    [(_, description)] = await boxes.todos(list_id)
    assert "Not attached" not in description
    assert [name for name, _, _ in await _files(resources)] == ["offer.pdf"]
    assert await _content(resources, "offer.pdf") == content


async def test_a_name_that_grows_when_it_is_normalized_is_cut_before_its_ending(
    resources: Resources, worker: WorkerHarness, boxes: Mailboxes, home: Home
) -> None:
    ana, _, list_id = home
    name = "\ufb2c" * 96 + ".pdf"

    await _take(resources, worker, _mail((name, PDF)), await boxes.address(ana, list_id))

    [(stored, media_type, _)] = await _files(resources)
    assert stored == ("\u05e9\u05bc\u05c1" * 32 + ".pdf")
    assert (len(stored), media_type) == (100, "application/pdf")


async def test_what_cannot_be_decoded_of_a_file_is_named(
    resources: Resources, worker: WorkerHarness, boxes: Mailboxes, home: Home
) -> None:
    ana, _, list_id = home
    # Three bytes are four letters: one more is less than a byte.
    content = PDF[: len(PDF) // 3 * 3]
    mail = _mail(("offer.pdf", b"")).replace(
        b"\r\n\r\n\r\n--", b"\r\n\r\n" + base64.b64encode(content) + b"Q\r\n--"
    )

    await _take(resources, worker, mail, await boxes.address(ana, list_id))

    [(_, description)] = await boxes.todos(list_id)
    line = "- a part of offer.pdf (251 kB): it could not be decoded"
    assert line in description
    assert await _content(resources, "offer.pdf") == content
