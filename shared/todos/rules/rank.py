"""Ranks: where a todo stands in its list, as text that sorts byte by byte. Pure.

A rank is a fraction between 0 and 1 written in base 62 without its "0." and without trailing
zeros ("V" is one half). Digits are in ASCII order, so that text order is number order.
  at an end      the neighbour's first seven digits plus or minus STEP: does not grow, however many
                 todos are appended one after the other
  in between     the shortest fraction in the middle: grows by one digit every five or six
                 insertions at one and the same place
"""

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
BASE = len(DIGITS)
_VALUES = {digit: value for value, digit in enumerate(DIGITS)}

# 62^7 / 62^2 / 2 = 458 million appends fit on either side of the middle.
END_DIGITS = 7
STEP = BASE**2
# At least 900 insertions at one place; the column holds 255. Longer ones are respaced.
LONGEST = 200


def between(low: str | None, high: str | None, count: int = 1) -> list[str]:
    """Returns `count` ranks in order, all strictly between the two; None is the list's end."""
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
        return _text(BASE**END_DIGITS // 2, END_DIGITS)
    value = _number(low, END_DIGITS) + STEP
    return _text(value, END_DIGITS) if value < BASE**END_DIGITS else _spread(low, None, 1)[0]


def _before(high: str) -> str:
    value = _number(high, END_DIGITS) - STEP
    return _text(value, END_DIGITS) if value > 0 else _spread("", high, 1)[0]


def _spread(low: str, high: str | None, count: int) -> list[str]:
    """Returns `count` evenly spaced fractions with as few digits as will do."""
    if high is not None and low >= high:
        raise ValueError("nothing lies between a rank and one that is not after it")
    digits = 0
    while True:
        digits += 1
        bottom = _number(low, digits)
        # The first number that is no longer below `high`: when digits were cut off, the cut
        # value itself still is.
        top = BASE**digits if high is None else _number(high, digits) + (len(high) > digits)
        if top - bottom > count:
            width = top - bottom
            return [
                _text(bottom + place * width // (count + 1), digits)
                for place in range(1, count + 1)
            ]


def _number(rank: str, digits: int) -> int:
    value = 0
    for digit in rank[:digits].ljust(digits, "0"):
        value = value * BASE + _VALUES[digit]
    return value


def _text(value: int, digits: int) -> str:
    found = []
    for _ in range(digits):
        value, digit = divmod(value, BASE)
        found.append(DIGITS[digit])
    return "".join(reversed(found)).rstrip("0")
