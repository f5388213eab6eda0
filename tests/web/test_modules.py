"""Every module of the client is small, and its page loads nothing from other hosts."""

import re
from pathlib import Path

import pytest

from tests.support.web.fake_server import WEB


@pytest.mark.parametrize("path", sorted(WEB.rglob("*.js")), ids=lambda path: path.name)
def test_a_module_is_small_and_names_no_other_host(path: Path) -> None:
    text = path.read_text()

    assert len(text.splitlines()) <= 310
    assert not re.findall(r"https?://(?!www\.w3\.org/)", text)
    assert "innerHTML" not in text
