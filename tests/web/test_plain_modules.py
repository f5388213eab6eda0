"""The small pure modules: delays, close codes, ranks, dates in words, quick add, colours."""

import re
from itertools import pairwise

import pytest

from api.openapi.asyncapi import document
from shared.contract.frames import CLOSES
from tests.support.web.fake_server import WEB
from tests.web.conftest import Js

READER = {
    "zone": "Europe/Berlin",
    "locale": "en-GB",
    "now": 1795262400000,
}  # Sat 21 Nov 2026, 13:00


async def test_reconnect_delays_have_full_jitter_between_half_a_second_and_thirty(js: Js) -> None:
    lowest, highest = await js("""
      const { reconnectDelay } = await load('sync/backoff.js');
      const delays = (random) =>
        Array.from({ length: 40 }, (_, failures) => reconnectDelay(failures, () => random));
      return [delays(0), delays(0.999999)];
    """)

    assert set(lowest) == {0.5}
    assert max(highest) <= 30
    assert highest[-1] > 29.9
    assert all(later >= earlier for earlier, later in pairwise(highest))


async def test_every_close_code_of_the_contract_is_obeyed(js: Js) -> None:
    closes = document()["channels"]["socket"]["x-close-codes"]
    orders = await js(
        "const { closeOrder } = await load('sync/backoff.js'); return input.map((code) => closeOrder(code));",
        [close["code"] for close in closes],
    )

    assert len(closes) > len(CLOSES)
    for close, order in zip(closes, orders, strict=True):
        stops = order["action"] in ("stop", "sign-in")
        assert stops is not close["reconnect"], close
        assert not stops or order.get("text"), "a page that stops says why"


async def test_a_network_that_went_away_is_a_reason_to_reconnect(js: Js) -> None:
    assert await js("return (await load('sync/backoff.js')).closeOrder(1006).action") == "reconnect"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, None),
        (None, "V"),
        ("V", None),
        ("a", "b"),
        ("a", "a0"),
        ("az", "b"),
        ("V", "V0V"),
        (None, "0"),
    ],
)
async def test_there_is_always_a_rank_between_two_ranks(
    js: Js, before: str | None, after: str | None
) -> None:
    found = await js(
        """
        const { rankBetween } = await load('sync/rank.js');
        let [low, high] = input; const found = [];
        for (let i = 0; i < 60; i += 1) {
          found.push(rankBetween(low, high));
          if (i % 2) low = found[i]; else high = found[i];
        }
        return found;
        """,
        [before, after],
    )  # fmt: skip

    assert len(set(found)) == 60
    for rank in found:
        assert before is None or rank > before
        assert after is None or rank < after
    assert all(len(rank) < 60 for rank in found)


@pytest.mark.parametrize(
    ("due", "due_at", "text", "overdue"),
    [
        ({"date": "2026-11-21"}, None, "today", False),
        ({"date": "2026-11-22"}, None, "tomorrow", False),
        ({"date": "2026-11-20"}, None, "yesterday", True),
        ({"date": "2026-11-26"}, None, "Thursday", False),
        ({"date": "2026-12-24"}, None, "24 Dec", False),
        ({"date": "2027-01-02"}, None, "2 Jan 2027", False),
        ({"at": "2026-11-22T09:00:00"}, None, "tomorrow 09:00", False),
        ({"at": "2026-11-21T12:59:00"}, None, "today 12:59", True),
        (
            {"at": "2026-11-22T09:00:00", "zone": "America/New_York"}, "2026-11-22T14:00:00Z",
            "tomorrow 15:00", False,
        ),
        ({"at": "2026-11-22T00:30:00", "zone": "Asia/Tokyo"}, "2026-11-21T15:30:00Z", "today 16:30", False),
    ],
)  # fmt: skip
async def test_a_due_date_is_said_in_the_readers_words(
    js: Js, due: dict[str, str], due_at: str | None, text: str, overdue: bool
) -> None:
    found = await js(
        "return (await load('format/due.js')).dueText(input.todo, input.reader)",
        {"todo": {"due": due, "due_at": due_at}, "reader": READER},
    )

    assert found["text"].replace(" 9:00", " 09:00") == text
    assert found["overdue"] is overdue


async def test_wall_times_survive_the_change_of_the_clocks(js: Js) -> None:
    found = await js("""
      const { instantOf, wallTime } = await load('store/dates.js');
      return ['2026-03-29T09:00:00', '2026-03-29T01:59:00', '2026-10-25T09:00:00', '2026-07-01T00:00:00']
        .map((wall) => [wall, wallTime(instantOf(wall, 'Europe/Berlin'), 'Europe/Berlin')]);
    """)

    assert all(wall == back for wall, back in found)


@pytest.mark.parametrize(
    ("text", "title", "due", "priority"),
    [
        ("Call Ben tomorrow 9:00 !4", "Call Ben", {"at": "2026-11-22T09:00:00", "zone": "Europe/Berlin"}, 4),
        ("Bins today", "Bins", {"date": "2026-11-21"}, 0),
        ("Gym mon at 6pm", "Gym", {"at": "2026-11-23T18:00:00", "zone": "Europe/Berlin"}, 0),
        ("Review next week", "Review", {"date": "2026-11-23"}, 0),
        ("Read 9:00 to 5", "Read 9:00 to 5", None, 0),
        ("tomorrow", "tomorrow", None, 0),
        ("Buy Sunday roast !9", "Buy roast !9", {"date": "2026-11-22"}, 0),
        ("Buy sun cream", "Buy sun cream", None, 0),
        ("Lie in the sun", "Lie in the sun", None, 0),
        ("Pay Tom 10 euros", "Pay Tom 10 euros", None, 0),
        ("Dinner with Tom", "Dinner with Tom", None, 0),
        ("Run sun 7am !2", "Run", {"at": "2026-11-22T07:00:00", "zone": "Europe/Berlin"}, 2),
        ("Swim wed", "Swim", {"date": "2026-11-25"}, 0),
        ("Rent every second tuesday 18:00", "Rent every second tuesday 18:00", None, 0),
        ("Bins each mon", "Bins each mon", None, 0),
        ("Ring every guest tomorrow", "Ring every guest", {"date": "2026-11-22"}, 0),
    ],
)  # fmt: skip
async def test_quick_add_takes_only_words_it_is_sure_of(
    js: Js, text: str, title: str, due: dict[str, str] | None, priority: int
) -> None:
    found = await js(
        """
        const { parseQuickAdd } = await load('format/quick_add.js');
        return parseQuickAdd(input.text, { ...input.reader, labels: [] });
        """,
        {"text": text, "reader": READER},
    )

    assert found == {"title": title, "due": due, "priority": priority, "labels": []}


async def test_positions_are_read_from_the_header_also_those_of_a_persons_own_stream(
    js: Js,
) -> None:
    found = await js(
        "return (await load('sync/requests.js')).parsePositions('abc:e1:7, user:xyz:e2:12')"
    )

    assert found == [
        {"list": "abc", "epoch": "e1", "seq": 7}, {"list": "user:xyz", "epoch": "e2", "seq": 12},
    ]  # fmt: skip


def _themes() -> dict[str, dict[str, str]]:
    css = (WEB / "styles/tokens.css").read_text()
    light, dark, dark_by_system = re.findall(r"\{([^{}]*--ground[^{}]*)\}", css)
    colours = [
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
        for block in (light, dark, dark_by_system)
    ]
    assert colours[1] == colours[2], "the switch and the system give the same dark"
    return {"light": colours[0], "dark": colours[1]}


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("ink", ["ink", "ink-2", "ink-3", "accent", "warn"])
def test_text_has_enough_contrast_on_every_surface(theme: str, ink: str) -> None:
    colours = _themes()[theme]

    for surface in ("ground", "side", "raised", "field", "hover"):
        assert _contrast(colours[ink], colours[surface]) >= 4.5, (ink, surface)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_on_the_accent_has_enough_contrast(theme: str) -> None:
    colours = _themes()[theme]

    assert _contrast(colours["accent-ink"], colours["accent"]) >= 4.5


@pytest.mark.parametrize("path", sorted(WEB.rglob("*.js")), ids=lambda path: path.name)
def test_a_module_is_small_and_asks_no_other_house(path: object) -> None:
    text = path.read_text()  # type: ignore[attr-defined]

    assert len(text.splitlines()) <= 350
    assert not re.findall(r"https?://(?!www\.w3\.org/)", text)
    assert "innerHTML" not in text
