"""Provisional ranks: the server alone assigns ranks; until it answers, a moved todo needs one. Pure."""

LOWEST = 0x21  # "!": below every character that a server rank uses, so there is always room.
HIGHEST = 0x7F


def rank_between(before: str | None, after: str | None) -> str:
    """Return a text that sorts strictly between both; None means the end of the list."""
    low, text, position = before or "", "", 0
    while True:
        left = ord(low[position]) if position < len(low) else LOWEST - 1
        right = ord(after[position]) if after is not None and position < len(after) else HIGHEST
        middle = (left + right) // 2
        # A rank never ends in LOWEST: no other would fit before it.
        if left < middle < right and middle > LOWEST:
            return text + chr(middle)
        used = max(left, LOWEST)
        text += chr(used)
        # From here on the text is below `after`, whatever follows: only `before` is a bound.
        if used < right:
            after = None
        position += 1
