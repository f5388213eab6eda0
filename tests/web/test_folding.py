"""The client folds texts exactly as the API does."""

import sys
import unicodedata
from pathlib import Path

from shared.text import search_key
from tests.support.web.deno import evaluate


async def test_every_character_is_folded_as_by_the_api(deno_cache: Path) -> None:
    # Unassigned characters, which may be letters of the Unicode that deno knows, and surrogates.
    ours = [
        number
        for number in range(sys.maxunicode + 1)
        if unicodedata.category(chr(number)) not in ("Cn", "Cs", "Co", "Cc")
    ]
    folded = {number: search_key(f"x{chr(number)}y") for number in ours}
    # The client returns what it folds to something else than itself.
    changed = {number: text for number, text in folded.items() if text != f"x{chr(number)}y"}
    ranges = [ours[0], ours[-1]]

    found = await evaluate(
        deno_cache,
        "web/format/folding.js",
        "Object.fromEntries([...Array(input[1] + 1).keys()]"
        ".filter((n) => n >= input[0] && (n < 0xd800 || n > 0xdfff))"
        ".map((n) => [n, 'x' + String.fromCodePoint(n) + 'y'])"
        ".map(([n, text]) => [n, module.searchKey(text), text])"
        ".filter(([, folded, text]) => folded !== text).map(([n, folded]) => [n, folded]))",
        ranges,
    )

    theirs = {number: found.get(str(number)) for number in ours if str(number) in found}
    assert theirs == changed


async def test_rows_of_marks_are_cut_as_by_the_api(deno_cache: Path) -> None:
    marks = [
        number
        for number in range(sys.maxunicode + 1)
        if unicodedata.category(chr(number))[0] == "M" or number in (0xFF9E, 0xFF9F)
    ]

    # The character in the middle disappears and brings both rows together.
    found = await evaluate(
        deno_cache,
        "web/format/folding.js",
        "input.map((number) => String.fromCodePoint(number).repeat(40))"
        ".map((row) => module.searchKey(`x${row}\u200b${row}y`))",
        marks,
    )

    rows = [chr(number) * 40 for number in marks]
    assert found == [search_key(f"x{row}\u200b{row}y") for row in rows]
