"""Text is readable: its colours keep the contrast of WCAG 2.2, 1.4.3, on every surface."""

import re

import pytest

from api.web_client.accent import accent_styles
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


# The ends of the scale, a grey, the brightest and the darkest of the pure colours, and ours.
COLOURS = ("#ffffff", "#000000", "#808080", "#ffff00", "#0000ff", "#ff0000", "#00ff00", "#0b7265")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("colour", COLOURS)
def test_every_accent_of_an_operator_is_readable(theme: str, colour: str) -> None:
    blocks = re.findall(r"\{([^{}]*--accent:[^{}]*)\}", accent_styles(colour))
    light, dark, dark_by_system = (
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block)) for block in blocks
    )
    shades = light if theme == "light" else dark

    assert dark == dark_by_system
    for surface in ("ground", "side", "raised", "field", "hover", "press"):
        assert _contrast(shades["accent"], _themes()[theme][surface]) >= 4.5, surface
    assert _contrast(shades["accent"], shades["accent-soft"]) >= 4.5
    for name in ("accent", "accent-hover"):
        assert _contrast(shades["accent-ink"], shades[name]) >= 4.5


def test_a_readable_accent_is_shown_as_it_is() -> None:
    assert "--accent: #b02060;" in accent_styles("#b02060")
