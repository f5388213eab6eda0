"""Find English in texts that should be German."""

import re

# Words that no German sentence has, outside of names in backticks and quotation marks.
_ENGLISH = re.compile(
    r"\b(the|is|are|was|not|must|should|of|this|that|it|its|has|have|may|your|you|and|no|cannot|with|at least"
    r"|input|field|value|valid|unable|extra|left out|holds|how|when|who)\b",
    re.IGNORECASE,
)
_NAMES = re.compile(r"`[^`]*`|„[^“]*“|'[^']*'|\bPOST /auth/login\b|\bPNG, JPEG\b")


def is_english(text: str) -> bool:
    """Return True if the text has an English word outside of names and quotations."""
    return _ENGLISH.search(_NAMES.sub("", text)) is not None
