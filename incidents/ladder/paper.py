"""How much room text takes, by estimate: a picture is drawn where no font is at hand.

The estimate errs on the wide side, so that text never leaves its box. Widths are in the picture's units.
Example: of a name too long for two lines the second ends with an ellipsis.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Final

_NARROW: Final = frozenset("iIjl.,:;'|!()[] ·“”-")
_BROAD: Final = frozenset("mwMW@%—…")
_OF_NARROW, _OF_USUAL, _OF_CAPITAL, _OF_BROAD, _OF_FULL = 0.36, 0.58, 0.7, 0.95, 1.05
_ELLIPSIS: Final = "…"
BOLDER: Final = 1.15
"""How much more room bold text takes."""


def width_of(text: str, size: float) -> float:
    """Return the room ``text`` takes in a font of ``size``; give bold text as ``BOLDER`` times that size."""
    return size * sum(map(_share, text))


def lines_of(text: str, width: float, size: float, most: int) -> tuple[str, ...]:
    """Break ``text`` into at most ``most`` lines that fit ``width``; what is left out is an ellipsis."""
    lines = list(_wrapped(text, width, size))
    if len(lines) <= most:
        return tuple(lines)
    return (*lines[: most - 1], _cut(" ".join(lines[most - 1 :]), width, size))


def _wrapped(text: str, width: float, size: float) -> Iterator[str]:
    line = ""
    for word in text.split():
        whole = f"{line} {word}" if line else word
        if width_of(whole, size) <= width:
            line = whole
            continue
        if line:
            yield line
        *full, line = _broken(word, width, size)
        yield from full
    if line:
        yield line


def _broken(word: str, width: float, size: float) -> Iterator[str]:
    """Yield the pieces of a word that may be wider than a line."""
    piece = ""
    for character in word:
        if piece and width_of(piece + character, size) > width:
            yield piece
            piece = ""
        piece += character
    yield piece


def _cut(text: str, width: float, size: float) -> str:
    while text and width_of(text + _ELLIPSIS, size) > width:
        text = text[:-1]
    return text.rstrip() + _ELLIPSIS


def _share(character: str) -> float:
    """Return the width of ``character`` as a share of the font's size."""
    if unicodedata.combining(character):
        return 0.0
    if unicodedata.east_asian_width(character) in "WF":
        return _OF_FULL
    if character in _NARROW:
        return _OF_NARROW
    if character in _BROAD:
        return _OF_BROAD
    return _OF_CAPITAL if character.isupper() else _OF_USUAL
