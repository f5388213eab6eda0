"""Ranks: a position in an order, as text that sorts byte by byte. Pure.

A rank is a fraction between 0 and 1 in base 62, without its "0." and without trailing zeros: "V" is
one half. The digits are in ASCII order, so text order is number order.
  at an end      the neighbour's first seven digits plus or minus STEP: the rank does not get
                 longer, however many todos are appended one after the other
  in between     the shortest fraction near the middle: the rank gets one digit longer with every
                 five or six insertions between the same neighbours
"""

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
BASE = len(DIGITS)
_VALUES = {digit: value for value, digit in enumerate(DIGITS)}

# 62^7 / 62^2 / 2 = 458 million todos can be appended on either side of the middle.
END_DIGITS = 7
STEP = BASE**2
# Reached after 900 insertions between the same neighbours at the earliest; then ranks are spaced
# out again. The column holds 255 characters.
MAX_LENGTH = 200


def ranks_between(low: str | None, high: str | None, count: int = 1) -> list[str]:
    """Return `count` ranks in order, all strictly between the two; None is the list's end."""
    if low is not None and high is not None:
        return _spread(low, high, count)
    ranks: list[str] = []
    for _ in range(count):
        if high is None:
            ranks.append(_after(ranks[-1] if ranks else low))
        else:
            ranks.append(_before(ranks[-1] if ranks else high))
    return ranks if high is None else ranks[::-1]


def _after(low: str | None) -> str:
    if low is None:
        return _to_text(BASE**END_DIGITS // 2, END_DIGITS)
    value = _to_number(low, END_DIGITS) + STEP
    return _to_text(value, END_DIGITS) if value < BASE**END_DIGITS else _spread(low, None, 1)[0]


def _before(high: str) -> str:
    value = _to_number(high, END_DIGITS) - STEP
    return _to_text(value, END_DIGITS) if value > 0 else _spread("", high, 1)[0]


def _spread(low: str, high: str | None, count: int) -> list[str]:
    """Return `count` evenly spaced fractions with the fewest digits that suffice."""
    if high is not None and low >= high:
        raise ValueError("nothing lies between a rank and one that is not after it")
    digits = 0
    while True:
        digits += 1
        bottom = _to_number(low, digits)
        # The first number that is no longer below `high`. When `high` has more digits, its cut
        # value is still below it.
        top = BASE**digits if high is None else _to_number(high, digits) + (len(high) > digits)
        if top - bottom > count:
            width = top - bottom
            return [
                _to_text(bottom + number * width // (count + 1), digits)
                for number in range(1, count + 1)
            ]


def _to_number(rank: str, digits: int) -> int:
    value = 0
    for digit in rank[:digits].ljust(digits, "0"):
        value = value * BASE + _VALUES[digit]
    return value


def _to_text(value: int, digits: int) -> str:
    characters = []
    for _ in range(digits):
        value, digit = divmod(value, BASE)
        characters.append(DIGITS[digit])
    return "".join(reversed(characters)).rstrip("0")
