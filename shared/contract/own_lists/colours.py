"""The colours of lists and labels."""

from enum import StrEnum


class Colour(StrEnum):
    """Names, not values: a client chooses values for its light and its dark theme."""

    GREY = "grey"
    RED = "red"
    ORANGE = "orange"
    YELLOW = "yellow"
    GREEN = "green"
    TEAL = "teal"
    BLUE = "blue"
    PURPLE = "purple"
    PINK = "pink"
