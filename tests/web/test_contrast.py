"""Text is readable: its colours keep the contrast of WCAG 2.2, 1.4.3, on every surface."""

import re

import pytest

from tests.support.web.fake_server import WEB


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


def _contrast(colour: str, other: str) -> float:
    low, high = sorted((_luminance(colour), _luminance(other)))
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
