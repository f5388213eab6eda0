"""The operator's logo: a small PNG or SVG file, checked by its content when the process starts."""

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from xml.etree import ElementTree as ET

# A logo is shown at 44 pixels, and as an icon at 512; a drawing of one rarely has more than 20 KiB.
MAX_BYTES = 256 * 1024
# Launchers show icons from 48 pixels on, and the largest that a manifest needs has 512.
MIN_PIXELS, MAX_PIXELS = 48, 2048
# Wider ones would be cut as an icon and be a few pixels high on the page.
MAX_RATIO = 2
_PNG = b"\x89PNG\r\n\x1a\n"
_SVG = "{http://www.w3.org/2000/svg}svg"
_NUMBER = re.compile(r"\s*([0-9]*\.?[0-9]+)(?:px)?\s*")


@dataclass(frozen=True)
class Logo:
    """The content of a logo. `size` is "64x64", or "any" for a drawing that has no pixels."""

    content: bytes
    suffix: str
    size: str

    @property
    def file_name(self) -> str:
        """A name that differs once the content differs: browsers may keep the file for ever."""
        return f"logo-{hashlib.sha256(self.content).hexdigest()[:16]}{self.suffix}"


# Read once: a page must not name a logo that was replaced after the start.
@lru_cache(maxsize=16)
def read_logo(path: Path) -> Logo:
    """Return the logo in a file. Raise ValueError, in words for an operator."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no file can have this name"
        raise ValueError(f"cannot be read: {reason}") from None
    if len(content) > MAX_BYTES:
        raise ValueError(f"must be a file of at most {MAX_BYTES // 1024} KiB")
    if content.startswith(_PNG):
        return Logo(content, ".png", _png_size(content))
    _check_svg(content)
    return Logo(content, ".svg", "any")


def _png_size(content: bytes) -> str:
    # The first chunk is the header, with width and height (PNG, 11.2.1).
    width, height = (int.from_bytes(content[at : at + 4]) for at in (16, 20))
    if content[12:16] != b"IHDR" or b"IEND" not in content[-16:]:
        raise ValueError("is a damaged PNG file")
    if not all(MIN_PIXELS <= side <= MAX_PIXELS for side in (width, height)):
        raise ValueError(f"must have {MIN_PIXELS} to {MAX_PIXELS} pixels a side")
    _check_ratio(width, height)
    return f"{width}x{height}"


def _check_svg(content: bytes) -> None:
    # Entities, which only a DOCTYPE declares, can make a small file endless.
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise ValueError("must be an SVG file without a DOCTYPE")
    try:
        root = ET.fromstring(content)  # noqa: S314  has no DOCTYPE, so no entities
    except (ET.ParseError, ValueError, LookupError):
        raise ValueError("must be a PNG or SVG file") from None
    if root.tag != _SVG:
        raise ValueError("must be a PNG or SVG file")
    box = root.get("viewBox", "").replace(",", " ").split()
    sides = box[2:] if len(box) == 4 else [root.get("width", ""), root.get("height", "")]
    numbers = [float(found[1]) for side in sides if (found := _NUMBER.fullmatch(side))]
    if len(numbers) != 2 or not all(numbers):
        raise ValueError("must be an SVG file with a viewBox, or with a width and height in pixels")
    _check_ratio(*numbers)


def _check_ratio(width: float, height: float) -> None:
    if max(width, height) > MAX_RATIO * min(width, height):
        raise ValueError("must be about as wide as high: at most twice")
