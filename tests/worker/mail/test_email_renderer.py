"""Every mail there is can be drawn (bench/letters.py), so that somebody looks at it before people do."""

from pathlib import Path

import pytest

from bench import letters
from tests.support.settings import plain_settings
from worker.mail.renderer import Letters


@pytest.mark.parametrize("name", letters.names())
def test_every_letter_is_drawn_whole_with_its_footer(name: str, tmp_path: Path) -> None:
    settings = plain_settings(tmp_path, public_url="https://todo.example.org")

    letter = letters.write(Letters(settings), name)

    for part in (letter.text, letter.html):
        assert "https://todo.example.org" in part
        assert ("/mail-preferences#token=" in part) is (name in letters.STOPPED)
    assert bool(letter.unsubscribe) is (name in letters.STOPPED)
    assert "\n\n\n" not in letter.text
    assert "<" not in letter.text.replace("<eggs>", "")
