"""The icon of a list is one emoji."""

import pytest

from shared.lists.icons import is_icon


@pytest.mark.parametrize(
    "icon",
    ["", "🏠", "❤️", "☎", "👍🏽", "👨‍👩‍👧‍👦", "👩🏽‍❤️‍💋‍👩🏿", "🏳️‍🌈", "🇪🇺", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "1️⃣", "🫩", "™️"],
)
def test_one_emoji_is_an_icon(icon: str) -> None:
    assert is_icon(icon)


@pytest.mark.parametrize(
    "text",
    ["a", "1", "🏠🏠", "🏠 ", "🇪", "🇪🇺🇪", "👍🏽🏽", "‍", "️", "<b>", "🏠" + "‍🏠" * 5, "é", "\n"],
)
def test_anything_else_is_no_icon(text: str) -> None:
    assert not is_icon(text)
