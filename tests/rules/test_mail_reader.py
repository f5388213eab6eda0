"""Messages that strangers wrote: what is read of them, within bounds of time and size."""

import base64
import binascii
import time
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.errors import Invalid
from shared.ids import LabelId
from shared.inbound_mail.stored_content import seal, unseal
from worker.html_text import html_to_text
from worker.inbound_mail import mime_reader
from worker.inbound_mail.inspection import MessageRefused, inspect
from worker.inbound_mail.mime_reader import MAX_PARTS, Attachment, MailContent, read_mail
from worker.inbound_mail.todo_text import (
    MAX_DESCRIPTION,
    NO_SUBJECT,
    TodoText,
    body_text,
    comment_text,
    reply_text,
    todo_text,
)
from worker.mail.renderer import REPLY_LINE

# A message is parsed in a thread of a worker. Ten times what the slowest takes of a processor.
MAX_SECONDS = 5.0
HEAD = b"From: Ana <ana@example.com>\r\nSubject: Hello\r\nMessage-ID: <1@example.com>\r\n"
MIXED = HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
MEGABYTE = 1024 * 1024


def todo_of(mail: MailContent, labels: dict[str, LabelId], email_key: str) -> TodoText:
    return todo_text(mail, body_text(mail), labels, email_key)


def comment_of(mail: MailContent) -> str:
    return comment_text(reply_text(mail), [], [])


def _nested(depth: int) -> bytes:
    head = b"".join(
        b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % (n, n + 1)
        for n in range(depth)
    )
    return HEAD + b"Content-Type: multipart/mixed; boundary=b0\r\n\r\n" + head + b"deep"


HOSTILE = {
    "nested": _nested(5_000),
    "many parts": MIXED + b"--b\r\n\r\nx\r\n" * 200_000,
    "boundaries without end": MIXED + b"\r\n--b" * 500_000,
    "empty boundary": HEAD + b'Content-Type: multipart/mixed; boundary=""\r\n\r\ntext',
    "unknown charset": HEAD + b"Content-Type: text/plain; charset=x-none\r\n\r\ntext",
    "charset that is no text": HEAD + b"Content-Type: text/plain; charset=bz2\r\n\r\ntext",
    "slow charset": HEAD + b"Content-Type: text/plain; charset=punycode\r\n\r\n" + b"a-" * MEGABYTE,
    "null bytes": HEAD + b"Content-Type: text/plain\r\n\r\na\0b\0" * 1000,
    "broken base64": HEAD + b"Content-Transfer-Encoding: base64\r\n\r\nYWJj=ZGV\xff===",
    "base64 of ten megabytes": HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n"
    + base64.encodebytes(b"x" * (10 * MEGABYTE)),
    "quoted-printable": HEAD + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + b"=" * MEGABYTE,
    "deep html": HEAD + b"Content-Type: text/html\r\n\r\n" + b"<div>" * 200_000 + b"text",
    "open tags": HEAD + b"Content-Type: text/html\r\n\r\n" + b"<a b='" * 200_000,
    "entities": HEAD + b"Content-Type: text/html\r\n\r\n" + b"&lt;&#x0;&nosuch;" * 60_000,
    "encoded words": b"Subject: " + b"=?utf-8?q?=00?= " * 600 + b"\r\n\r\ntext",
    "broken encoded word": b"Subject: =?utf-8?b?a?=\r\n\r\ntext",
    "file name": HEAD + b"Content-Type: image/png\r\nContent-Disposition: attachment; "
    + b"".join(b"filename*%d*=utf-8''a;" % n for n in range(500)) + b"\r\n\r\nx",
    "marks": HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + "a\u0301".encode() * 1000
    + "\u0301\u0316".encode() * 100_000,
    "no end of headers": HEAD,
    "nothing": b"",
    "only a line break": b"\r\n",
}  # fmt: skip


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_message_becomes_some_todo_within_a_moment(content: bytes) -> None:
    began_at = time.thread_time()
    todo = todo_of(read_mail(content), {}, "ana@example.com")

    assert time.thread_time() - began_at < MAX_SECONDS
    assert todo.title
    assert len(todo.description) <= MAX_DESCRIPTION


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400), st.sampled_from([b"", MIXED + b"--b\r\n"]))
def test_any_bytes_are_read(content: bytes, head: bytes) -> None:
    assert todo_of(read_mail(head + content), {}, "").title


def test_plain_text_wins_over_html_and_attachments_are_named() -> None:
    mail = EmailMessage()
    mail["Subject"], mail["From"] = "Grüße", "Ben <ben@example.com>"
    mail.set_content("plain ü")
    mail.add_alternative("<p>html</p>", subtype="html")
    mail.add_attachment(
        b"x" * 2_500_000, maintype="image", subtype="jpeg", filename="Übersicht.jpg"
    )

    content = read_mail(mail.as_bytes())

    assert (content.subject, content.text.strip()) == ("Grüße", "plain ü")
    (attachment,) = content.attachments
    assert attachment.name == "Übersicht.jpg"
    assert abs(attachment.size - 2_500_000) < 10
    assert b"".join(attachment.chunks()) == b"x" * 2_500_000


def test_a_mail_of_html_alone_becomes_text() -> None:
    html = (
        "<html><head><style>p {}</style><title>No</title></head><body><h1>Tent</h1><p>It is<br>in the\n"
        "attic &amp; wet.</p><ul><li>pegs<li>rope</ul><blockquote>old</blockquote></body></html>"
    )

    assert html_to_text(html) == "Tent\n\nIt is\nin the attic & wet.\n\n- pegs\n- rope\n\n> old"


def test_more_parts_than_the_limit_are_not_read() -> None:
    assert read_mail(HOSTILE["many parts"]).is_cut
    assert read_mail(HOSTILE["many parts"]).parts == MAX_PARTS
    assert read_mail(HOSTILE["nested"]).is_cut


LABELS = {"shop": LabelId("label1"), "home": LabelId("label2")}


@pytest.mark.parametrize(
    ("subject", "title", "labels", "priority"),
    [
        ("Milk #shop", "Milk", {"label1"}, 0),
        ("Milk #Shop #home !3", "Milk", {"label1", "label2"}, 3),
        ("Issue #12", "Issue #12", set(), 0),
        ("#shop", "#shop", set(), 0),
        ("Milk !9", "Milk !9", set(), 0),
        ("Re: Fwd: Milk", "Milk", set(), 0),
        ("", "First line", set(), 0),
        ("\u202e\u200b", "First line", set(), 0),
    ],
)
def test_a_subject_becomes_title_labels_and_priority(
    subject: str, title: str, labels: set[str], priority: int
) -> None:
    mail = read_mail(b"\r\nFirst line\r\nSecond line")
    mail.subject = subject

    todo = todo_of(mail, LABELS, "")

    assert (todo.title, set(todo.labels), todo.priority) == (title, labels, priority)


def test_a_long_subject_is_whole_in_the_description() -> None:
    mail = read_mail(b"\r\ntext")
    mail.subject = "word " * 200

    todo = todo_of(mail, {}, "")

    assert len(todo.title) <= 500
    assert todo.description.startswith("word word")


def test_a_mail_of_nothing_has_a_title() -> None:
    assert todo_of(read_mail(b""), {}, "").title == NO_SUBJECT


def test_a_sender_other_than_the_member_is_named() -> None:
    mail = read_mail(HEAD + b"\r\ntext")

    assert "From: Ana" not in todo_of(mail, {}, "ana@example.com").description
    assert "From: Ana <ana@example.com>" in todo_of(mail, {}, "ben@example.com").description


def test_a_reply_with_a_file_alone_is_a_comment() -> None:
    assert comment_text("", ["plan.pdf", "map.png"], []) == "Attached: plan.pdf, map.png"
    assert comment_text("See below.", ["plan.pdf"], []) == "See below."
    assert comment_text("", [], ["a.zip (9 MB): no"]) == "Not attached:\n- a.zip (9 MB): no"
    with pytest.raises(Invalid):
        comment_text("", [], [])


@given(st.binary(max_size=3000), st.integers(1, 100))
def test_a_file_is_decoded_as_it_was_encoded_in_chunks_of_any_size(
    content: bytes, size: int
) -> None:
    body = base64.encodebytes(content)
    for chunk_bytes in (size, mime_reader.CHUNK_BYTES):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(mime_reader, "CHUNK_BYTES", chunk_bytes)
            assert b"".join(Attachment("a", 0, body, "base64").chunks()) == content
            assert b"".join(Attachment("a", 0, content, "8bit").chunks()) == content


@given(st.lists(st.binary(max_size=300)), st.integers(4, 100))
def test_pieces_of_base64_are_decoded_and_the_last_without_its_padding(
    pieces: list[bytes], size: int
) -> None:
    last = b"the last piece!!"
    body = b"\r\n".join(map(base64.b64encode, pieces)) + base64.b64encode(last).rstrip(b"=")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mime_reader, "CHUNK_BYTES", size)
        file = Attachment("a", 0, body, "base64")
        decoded = b"".join(file.chunks())
        assert file.is_whole()
    assert decoded == b"".join(pieces) + last


def test_a_letter_of_base64_that_makes_no_byte_is_noticed() -> None:
    file = Attachment("a", 0, b"YWJjZ", "base64")

    assert (b"".join(file.chunks()), file.is_whole()) == (b"abc", False)


def test_a_text_in_base64_without_padding_is_whole_and_ends_with_its_padding() -> None:
    head = HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n"

    assert read_mail(head + b"TWlsaw").text == "Milk"
    assert read_mail(head + b"TWlsaw==\r\n\r\nA line of a mailing list").text == "Milk"


@given(st.binary(max_size=3000), st.integers(4, 100), st.booleans())
def test_quoted_printable_is_decoded_in_chunks(
    content: bytes, size: int, is_one_line: bool
) -> None:
    body = binascii.b2a_qp(content, istext=False)
    if is_one_line:
        body = body.replace(b"=\n", b"")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mime_reader, "CHUNK_BYTES", size)
        chunks = list(Attachment("a", 0, body, "quoted-printable").chunks())
    assert b"".join(chunks) == content
    assert all(len(chunk) <= size for chunk in chunks)


def test_the_size_of_a_file_in_quoted_printable_is_that_of_its_bytes() -> None:
    head = b"Content-Type: image/png\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"

    (file,) = read_mail(head + b"=89" * 50_000).attachments

    assert file.size == 50_000


def test_a_file_without_a_name_is_named_by_its_type() -> None:
    mail = read_mail(MIXED + b"--b\r\nContent-Type: image/png\r\n\r\nx\r\n--b--")

    assert [each.name for each in mail.attachments] == ["image.png"]


REFUSED = {
    "no sender": ("", HEAD),
    "pipe without a sender": ("MAILER-DAEMON", HEAD),
    "auto-replied": ("a@b.example", b"Auto-Submitted: auto-replied\r\n" + HEAD),
    "auto-generated": ("a@b.example", b"Auto-Submitted: auto-generated (x)\r\n" + HEAD),
    "bulk": ("a@b.example", b"Precedence: bulk\r\n" + HEAD),
    "mailing list": ("a@b.example", b"List-Id: <l.example>\r\n" + HEAD),
    "x-loop": ("a@b.example", b"X-Loop: a@b.example\r\n" + HEAD),
    "bounce": ("a@b.example", b"Content-Type: multipart/report; boundary=b\r\n" + HEAD),
    "our own": ("a@b.example", b"Message-ID: <06gzxa61ccfqfgwgmwffa3cnmj@Todo.example.org>\r\n"),
    "many hops": ("a@b.example", b"Received: by a\r\n" * 51 + HEAD),
    "huge header": ("a@b.example", b"X-Long: " + b"x" * 300_000 + b"\r\n" + HEAD),
    "many headers": ("a@b.example", b"X: y\r\n" * 1_001 + HEAD),
}


@pytest.mark.parametrize(("sender", "head"), REFUSED.values(), ids=REFUSED.keys())
def test_automatic_mail_loops_and_odd_headers_are_refused(sender: str, head: bytes) -> None:
    with pytest.raises(MessageRefused) as refused:
        inspect(head + b"\r\ntext", sender, "todo.example.org")

    assert refused.value.code.startswith("55")
    assert "@" not in refused.value.sentence


@pytest.mark.parametrize("head", [b"Auto-Submitted: no\r\n", b"Precedence: first-class\r\n", b""])
def test_mail_of_a_person_is_taken(head: bytes) -> None:
    assert (
        inspect(head + HEAD + b"\r\ntext", "a@b.example", "todo.example.org") == "<1@example.com>"
    )


def test_a_message_without_an_id_is_known_by_what_it_holds() -> None:
    def key(head: bytes, body: bytes) -> str:
        return inspect(b"Subject: x\r\n" + head + b"\r\n" + body, "a@b.example", "t.example")

    assert key(b"Received: by a\r\n", b"one") == key(b"Received: by b\r\n", b"one")
    assert key(b"", b"one") != key(b"", b"two")


SECRET = "llm_" + "a2" * 16


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "7bit"])
def test_a_secret_address_in_an_encoded_part_is_blanked_in_todo_and_comment(encoding: str) -> None:
    mail = EmailMessage()
    mail.set_content(f"{'Write to ' * 8} home+{SECRET}@in.example.org", cte=encoding)

    content = read_mail(mail.as_bytes())

    assert SECRET not in todo_of(content, {}, "").description
    assert SECRET not in comment_of(content)
    assert "llm_..." in comment_of(content)


def test_a_stored_mail_is_encrypted_under_the_key_of_the_site() -> None:
    content = f"To: home+{SECRET}@in.example.org\r\n\r\ntext".encode()
    stored = seal([b"before"], content)

    assert b"text" not in stored
    assert unseal([b"current", b"before"], stored) == content
    assert unseal([b"current", b"other"], stored) is None
    # Of a release that did not encrypt.
    assert unseal([b"current"], content) == content


def test_a_secret_address_in_an_encoded_subject_is_blanked() -> None:
    subject = base64.b64encode(f"home+{SECRET}".encode()).decode()
    content = read_mail(f"Subject: =?utf-8?b?{subject}?=\r\n\r\ntext".encode())

    assert todo_of(content, {}, "").title == "home+llm_..."


@pytest.mark.parametrize(
    "sender", ['"ana@example.com" <eve@example.net>', "diana@example.com", "ana@example.com.net"]
)
def test_a_sender_cannot_pass_as_the_member(sender: str) -> None:
    mail = read_mail(f"From: {sender}\r\n\r\ntext".encode())

    assert "From: " in todo_of(mail, {}, "ana@example.com").description


def test_a_mail_program_that_uses_the_domain_of_the_site_is_taken() -> None:
    own = b"Message-ID: <7f3a1c62-90b1-4a57-9d0e-3c3f2b0a9f11@todo.example.org>\r\n\r\ntext"

    assert inspect(own, "ana@todo.example.org", "todo.example.org").startswith("<7f3a")


@pytest.mark.parametrize(
    "text",
    [
        "> Can you?",
        "On Mon, 30 Nov 2026 at 12:00, Ben <b@example.com> wrote:\n> Can you?\n",
        "-- \nAna\n\nOn Mon, 30 Nov 2026 at 12:00, Ben wrote:\n> Can you?",
        f"{REPLY_LINE}\n\nBen assigned a todo to you.",
        "From: Ben <ben@example.com>\nSent: Monday\nTo: Ana\n\nCan you?",
    ],
)
def test_a_reply_with_a_quote_alone_is_no_comment(text: str) -> None:
    mail = read_mail(b"")
    mail.plain = [text]

    with pytest.raises(Invalid, match="no text of its own"):
        comment_of(mail)


@pytest.mark.parametrize("text", [f"> {REPLY_LINE}\n> Can you?\n\nYes.", "Yes.", "> Tent?\nYes."])
def test_an_answer_below_a_quote_is_a_comment(text: str) -> None:
    mail = read_mail(b"")
    mail.plain = [text]

    assert comment_of(mail).endswith("Yes.")
