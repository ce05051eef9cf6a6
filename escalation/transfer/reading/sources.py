"""Bytes in, text out: within limits, in UTF-8, and nothing packed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple, Self

from escalation.transfer.reading.nodes import Place
from escalation.transfer.reading.problems import Problems, Refused

MAX_BYTES: Final = 32_000_000
"""Of all files together; 20,000 policies of three layers are about 12 MB of YAML."""
MAX_FILES: Final = 200
MAX_VALUES: Final = 2_000_000
"""Of one file: lists, mappings and what they hold."""
MAX_DEPTH: Final = 20
MAX_ROWS: Final = 200_000
MAX_COLUMNS: Final = 50

_PACKED: Final = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")


class Source(NamedTuple):
    """A file by the name that people know it by, which is never opened, and what is in it."""

    name: str
    content: bytes

    @classmethod
    def at(cls, path: Path) -> Self:
        """Return the file at ``path``; of one that is too large, enough to tell.

        Raises:
            OSError: it cannot be read.
        """
        with path.open("rb") as file:
            return cls(str(path), file.read(MAX_BYTES + 1))


def check_sizes(sources: Sequence[Source], problems: Problems) -> None:
    """Refuse more files, or larger ones, than are read together.

    Raises:
        Refused: there are too many, or they are too large.
    """
    if len(sources) > MAX_FILES:
        problems.add(Place(sources[MAX_FILES].name), f"is one file too many: at most {MAX_FILES} are read together.")
        raise Refused
    total = 0
    for source in sources:
        total += len(source.content)
        if total > MAX_BYTES:
            problems.add(Place(source.name), f"is too large: at most {MAX_BYTES // 1_000_000} MB are read together.")
            raise Refused


def text_of(source: Source, problems: Problems) -> str:
    """Return the text of a file, without a byte order mark.

    Raises:
        Refused: it is packed, in another encoding, or empty.
    """
    if source.content.startswith(_PACKED):
        problems.add(Place(source.name), "is packed: give the files that are in it.")
        raise Refused
    text = _decoded(source, problems)
    if not text.strip():
        problems.add(Place(source.name, 1, 1), "is empty.")
        raise Refused
    return text


def _decoded(source: Source, problems: Problems) -> str:
    try:
        return source.content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        encoding = "is in UTF-16" if source.content.startswith(_UTF_16) else "is not in UTF-8 here"
        before = source.content[: error.start].decode("utf-8-sig", errors="replace")
        problems.add(place_after(source.name, before), f"{encoding}: save it in UTF-8.")
        raise Refused from error


def place_after(name: str, before: str) -> Place:
    """Return the place behind ``before``, with which the text of a file begins."""
    return Place(name, before.count("\n") + 1, len(before) - before.rfind("\n"))
