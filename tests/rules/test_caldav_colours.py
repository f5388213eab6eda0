"""Colours of calendar apps, as the nearest of those that lists have."""

import pytest

from shared.caldav.colours import COLOURS, nearest
from shared.contract.shapes import Colour


def test_each_colour_of_lists_is_the_nearest_to_itself() -> None:
    assert {colour: nearest(text) for colour, text in COLOURS.items()} == {
        colour: colour for colour in Colour
    }


@pytest.mark.parametrize(
    ("text", "colour"),
    [
        # What Apple Reminders offers.
        ("#FF2968FF", "pink"), ("#FF3B30FF", "red"), ("#FF9500FF", "orange"), ("#FFCC00FF", "yellow"),
        ("#63DA38FF", "green"), ("#1BADF8FF", "blue"), ("#CC73E1FF", "purple"), ("#A2845EFF", "orange"),
        ("#FFFFFF", "grey"), ("#000000", "grey"), ("#fe0000", "red"), ("#ff0001", "red"),
    ],
)  # fmt: skip
def test_a_colour_gets_the_name_that_people_give_it(text: str, colour: str) -> None:
    assert nearest(text) == colour
