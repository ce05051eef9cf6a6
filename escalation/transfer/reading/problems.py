"""What is wrong with files, all of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from escalation.transfer.reading.nodes import Place
from scaling.errors import InvalidInput

MOST_PROBLEMS: Final = 1000
"""After so many, reading stops: whoever has them all is not helped by more."""


class Problem(NamedTuple):
    """Something that is wrong, and where. The message begins with the name of the field, if it is about one."""

    place: Place
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class Unreadable(InvalidInput):
    """Files that say nothing that can be used. ``problems`` are all of them, in the order of the files."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__([(str(problem.place), problem.message) for problem in problems])
        self.problems = tuple(problems)


class Refused(Exception):
    """What is read here comes to nothing; why, has been told already."""


class Problems:
    """Collects what is wrong; the same said twice of one place counts once."""

    def __init__(self) -> None:
        self._found: dict[Problem, None] = {}

    def __iter__(self) -> Iterator[Problem]:
        return iter(self._found)

    def add(self, place: Place, message: str) -> None:
        """Take one more.

        Raises:
            Unreadable: there are as many as anybody wants to read.
        """
        self._found[Problem(place, message)] = None
        if len(self._found) >= MOST_PROBLEMS:
            self._found[Problem(place, f"Reading ended here, after {MOST_PROBLEMS} problems.")] = None
            raise Unreadable(list(self))

    def refuse(self) -> None:
        """Do nothing if there are none.

        Raises:
            Unreadable: there are some.
        """
        if self._found:
            raise Unreadable(list(self))
