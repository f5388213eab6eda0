"""Derive the shades of the operator's accent colour: readable in the light and in the dark.

A shade is the colour itself if it reaches the contrast of WCAG 2.2, 1.4.3 (AA) with every background on
which the client writes with it. Otherwise it is mixed with black (light) or white (dark) until it does.
"""

from typing import NamedTuple

AA = 4.5
# 2 %: a finer step cannot be seen.
_STEP = 0.02
# Selected rows and the like are backgrounds with at most this share of the accent.
_TINT = 0.14
_BLACK, _WHITE = (0, 0, 0), (255, 255, 255)

_Rgb = tuple[int, int, int]


class _Theme(NamedTuple):
    """The backgrounds of a theme (web/styles/tokens.css), the first is that of pages."""

    backgrounds: tuple[str, ...]
    towards: _Rgb
    # The shares of the mixtures: the soft background, the colour under the pointer.
    soft: float
    hover: float


_LIGHT = _Theme(("#ffffff", "#f6f7f7", "#f1f3f3", "#e8ebeb"), _BLACK, soft=0.12, hover=0.2)
_DARK = _Theme(
    ("#17191b", "#121415", "#212527", "#1c2022", "#202426", "#292e30"), _WHITE, soft=0.18, hover=0.2
)


class Shades(NamedTuple):
    """The values of the custom properties --accent, --accent-hover, --accent-ink and --accent-soft."""

    accent: str
    hover: str
    ink: str
    soft: str


def light_shades(colour: str) -> Shades:
    return _shades(_LIGHT, colour)


def dark_shades(colour: str) -> Shades:
    return _shades(_DARK, colour)


def accent_styles(colour: str) -> str:
    """Return the rules that set the accent, to follow those of web/styles/tokens.css."""
    light, dark = _declarations(light_shades(colour)), _declarations(dark_shades(colour))
    return (
        f"\n:root {{ {light} }}\n"
        f':root[data-theme="dark"] {{ {dark} }}\n'
        f'@media (prefers-color-scheme: dark) {{ :root:not([data-theme="light"]) {{ {dark} }} }}\n'
    )


def contrast(colour: str, other: str) -> float:
    """Return the contrast ratio of two colours (WCAG 2.2)."""
    low, high = sorted((_luminance(_rgb(colour)), _luminance(_rgb(other))))
    return (high + 0.05) / (low + 0.05)


def _shades(theme: _Theme, colour: str) -> Shades:
    share, accent = 0.0, colour
    while not _is_readable(theme, accent):
        share += _STEP
        accent = _mixed(colour, theme.towards, share)
    # White on the dark accents of the light theme, nearly black on the light ones of the dark theme.
    ink = "#ffffff" if theme is _LIGHT else _mixed(accent, _BLACK, 0.85)
    hover = _mixed(accent, theme.towards, theme.hover)
    return Shades(accent, hover, ink, _soft(theme, accent))


def _is_readable(theme: _Theme, accent: str) -> bool:
    tinted = (_mixed(each, _rgb(accent), _TINT) for each in theme.backgrounds[:3])
    return all(
        contrast(accent, each) >= AA for each in (*theme.backgrounds, *tinted, _soft(theme, accent))
    )


def _soft(theme: _Theme, accent: str) -> str:
    return _mixed(theme.backgrounds[0], _rgb(accent), theme.soft)


def _declarations(shades: Shades) -> str:
    names = ("accent", "accent-hover", "accent-ink", "accent-soft")
    return " ".join(f"--{name}: {value};" for name, value in zip(names, shades, strict=True))


def _mixed(colour: str, other: _Rgb, share: float) -> str:
    share = min(share, 1.0)
    red, green, blue = (
        round(a * (1 - share) + b * share) for a, b in zip(_rgb(colour), other, strict=True)
    )
    return f"#{red:02x}{green:02x}{blue:02x}"


def _rgb(colour: str) -> _Rgb:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: _Rgb) -> float:
    red, green, blue = (
        c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4
        for c in (channel / 255 for channel in colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
