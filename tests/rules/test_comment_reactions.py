"""What is one emoji, and how many reactions a comment takes."""

import pytest

from shared.comments.emoji import is_emoji
from shared.comments.rules import (
    MAX_EMOJI_PER_COMMENT,
    MAX_REACTIONS_PER_COMMENT,
    with_reaction,
    without_reaction,
)
from shared.contract.comments.shapes import ReactionShape
from shared.errors import Conflict
from shared.ids import UserId

ANA, BEN = UserId("ana"), UserId("ben")
THUMB = "\U0001f44d"


@pytest.mark.parametrize(
    "text",
    [
        THUMB,
        THUMB + "\U0001f3fd",
        "\u2764",
        "\u2764\ufe0f",
        "\U0001f1e9\U0001f1ea",
        "1\ufe0f\u20e3",
        "#\u20e3",
        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "\U0001f3f3\ufe0f\u200d\U0001f308",
        "\U0001f468\U0001f3fb\u200d\u2764\ufe0f\u200d\U0001f48b\u200d\U0001f468\U0001f3ff",
        "\U0001fae9",
    ],
)
def test_one_emoji_is_an_emoji(text: str) -> None:
    assert is_emoji(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "1",
        "#",
        "+1",
        THUMB * 2,
        THUMB + " ",
        THUMB + "\n",
        "\U0001f1e9",
        "\U0001f3fd",
        "\u200d",
        THUMB + "\u200d",
        "\ufe0f",
        "\u202e" + THUMB,
        "\u4f60",
        "<b>",
        "\u200d".join([THUMB] * 9),
    ],
)
def test_anything_else_is_none(text: str) -> None:
    assert not is_emoji(text)


def test_a_reaction_is_added_once_and_removed_with_its_emoji() -> None:
    one = with_reaction([], THUMB, ANA)
    both = with_reaction(one, THUMB, BEN)

    assert with_reaction(both, THUMB, ANA) == both
    assert both == [ReactionShape(emoji=THUMB, user_ids=[ANA, BEN])]
    assert without_reaction(both, THUMB, ANA) == [ReactionShape(emoji=THUMB, user_ids=[BEN])]
    assert without_reaction(one, THUMB, ANA) == []
    assert without_reaction(one, THUMB, BEN) == one


def test_different_emoji_and_all_reactions_of_a_comment_are_limited() -> None:
    kinds = [
        ReactionShape(emoji=chr(0x1F600 + number), user_ids=[BEN])
        for number in range(MAX_EMOJI_PER_COMMENT)
    ]
    users = [str(number) for number in range(MAX_REACTIONS_PER_COMMENT)]

    assert len(with_reaction(kinds, kinds[0].emoji, ANA)) == MAX_EMOJI_PER_COMMENT
    for full in (kinds, [ReactionShape(emoji="\u2b50", user_ids=users)]):
        with pytest.raises(Conflict) as refused:
            with_reaction(full, THUMB, ANA)
        assert refused.value.reason == "too_many_reactions"
