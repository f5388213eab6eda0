"""The colours of lists as calendar apps have them, and back. Pure."""

import colorsys

from shared.contract.shapes import Colour

# Of the light theme of the web client.
COLOURS = {
    Colour.GREY: "#6B7280FF",
    Colour.RED: "#DC2626FF",
    Colour.ORANGE: "#EA580CFF",
    Colour.YELLOW: "#CA8A04FF",
    Colour.GREEN: "#16A34AFF",
    Colour.TEAL: "#0D9488FF",
    Colour.BLUE: "#2563EBFF",
    Colour.PURPLE: "#7C3AEDFF",
    Colour.PINK: "#DB2777FF",
}
# Where the name of a hue ends, in degrees. The distance of values would make the orange of Apple, which is
# brighter than ours, a yellow.
_HUES = (
    (12, Colour.RED),
    (39, Colour.ORANGE),
    (70, Colour.YELLOW),
    (160, Colour.GREEN),
    (195, Colour.TEAL),
    (245, Colour.BLUE),
    (295, Colour.PURPLE),
    (350, Colour.PINK),
    (361, Colour.RED),
)
# Between the strongest and the weakest of red, green and blue, of 255: below it people see grey.
_LEAST_CHROMA = 32


def nearest(text: str) -> Colour:
    """Return the colour of lists that people would call by the same name as `text`, #RRGGBB or #RRGGBBAA."""
    red, green, blue = (int(text[start : start + 2], 16) for start in (1, 3, 5))
    if max(red, green, blue) - min(red, green, blue) < _LEAST_CHROMA:
        return Colour.GREY
    hue = 360 * colorsys.rgb_to_hsv(red, green, blue)[0]
    return next(colour for end, colour in _HUES if hue < end)
