"""What of a mail is text, and what a quote or a signature: cut too little rather than too much."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from worker.inbound_mail.quotes import cut_quotes
from worker.mail.renderer import REPLY_LINE

QUOTE = "> Can you bring the tent?\n> I have no room.\n"
OUTLOOK = "From: Ben <ben@example.com>\nSent: Monday, 30 November 2026\nTo: Ana\nSubject: Tent\n\nCan you?"
REPLIES = {
    "gmail": f"Yes.\n\nOn Mon, 30 Nov 2026 at 12:00, Ben <ben@example.com> wrote:\n\n{QUOTE}",
    "in two lines": f"Yes.\n\nOn Mon, 30 Nov 2026 at 12:00, Ben\n<ben@example.com> wrote:\n{QUOTE}",
    "german": f"Yes.\n\nAm 30.11.2026 um 12:00 schrieb Ben:\n{QUOTE}",
    "french": f"Yes.\n\nLe 30 nov. 2026 à 12:00, Ben <ben@example.com> a écrit :\n{QUOTE}",
    "no attribution": f"Yes.\n\n{QUOTE}",
    "outlook": f"Yes.\n\n________________________________\n{OUTLOOK}",
    "outlook, bold": "Yes.\n\n*Von:* Ben\n*Gesendet:* Montag\n*An:* Ana\n*Betreff:* Zelt\n\nBringst du es?",
    "original message": f"Yes.\n\n-----Original Message-----\n{OUTLOOK}",
    "signature": "Yes.\n\n-- \nAna\nExample Inc.",
    "signature, then quote": f"Yes.\n\n-- \nAna\n\nOn Mon, 30 Nov 2026 at 12:00, Ben wrote:\n{QUOTE}",
    "quote, then signature": f"Yes.\n\nOn Mon, 30 Nov 2026 at 12:00, Ben wrote:\n{QUOTE}\n-- \nAna",
    "our line": f"Yes.\n\nOn Mon, 30 Nov 2026 at 12:00, Livelist <todo@example.org> wrote:\n> {REPLY_LINE}\n"
    "no quote marks from here on",
}
KEPT = (
    f"{QUOTE}\nNo room here either.",
    "> Tent?\n\nYes.\n\n> Stove?\n\nNo.",
    "Buy:\n\nmilk\nbread",
    "From: the attic\nbring the tent",
    "Call at 12:00:\n- Ben\n- Ana",
    "The two rules:\n--\nfirst\n" + "more\n" * 20,
)


@pytest.mark.parametrize("text", REPLIES.values(), ids=REPLIES.keys())
def test_a_reply_is_what_its_author_wrote(text: str) -> None:
    assert cut_quotes(text) == "Yes."


@pytest.mark.parametrize("text", KEPT)
def test_text_between_or_below_quotes_is_kept(text: str) -> None:
    assert cut_quotes(text) == text.strip()


@pytest.mark.parametrize("subject", ["Fwd: Tent", "FW: Tent", "WG: Zelt", "Fwd : Tent"])
def test_nothing_is_cut_from_a_forwarded_mail(subject: str) -> None:
    text = f"See below.\n\n{OUTLOOK}"

    assert cut_quotes(text, subject) == text


# Lines of which mail programs make quotes, in any order.
LINES = st.sampled_from(
    [
        "Yes.", "", " ", "> quoted", ">", "-- ", "--", REPLY_LINE, f"> {REPLY_LINE}", "From: Ben",
        "Sent: Monday", "To: Ana", "-----Original Message-----", "__________",
        "On Mon, 30 Nov 2026 at 12:00, Ben wrote:", "Ben <ben@example.com> wrote 1:",
    ]
)  # fmt: skip


@given(st.lists(LINES, max_size=12).map("\n".join) | st.text(max_size=200))
@example(QUOTE)
@example(OUTLOOK)
@example("-- \nAna")
@example(REPLY_LINE)
def test_a_text_is_never_lost_as_a_whole_and_is_only_cut_at_its_end(text: str) -> None:
    cut = cut_quotes(text)

    assert bool(cut) == bool(text.strip())
    assert text.strip().startswith(cut)
