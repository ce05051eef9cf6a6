"""Names out of other products, made such as names may be here."""

from __future__ import annotations

from collections.abc import Iterable

from accounts.validation import PERSON_NAME_LENGTH
from escalation.services.validation import NAME_LENGTH
from scaling.text import clean_name, is_invisible, name_key, single_line


def seen_name(name: str) -> str:
    """Return what a reader sees of a name, of any length: nothing, if they see nothing."""
    try:
        return clean_name(name, max_length=len(name))
    except ValueError:
        line = single_line(name)
        return "" if is_invisible(line) else line


def fitting_name(name: str, end: str = "") -> str:
    """Return a name with an ``end``, cut before it where both are too long together."""
    return name[: NAME_LENGTH - len(end)].rstrip() + end


def unique_names(names: Iterable[str]) -> tuple[str, ...]:
    """Return names of which no two compare equal: a number follows those that would."""
    taken: set[str] = set()
    found = []
    for name in names:
        called, number = fitting_name(name), 1
        while name_key(called) in taken:
            number += 1
            called = fitting_name(name, f" ({number})")
        taken.add(name_key(called))
        found.append(called)
    return tuple(found)


def person_names(name: str) -> tuple[str, str]:
    """Return the first and last name of who is called ``name`` as a whole: the first word, and the others."""
    first, _, last = single_line(name).partition(" ")
    return _person_name(first), _person_name(last)


def _person_name(name: str) -> str:
    return "" if is_invisible(name) else name[:PERSON_NAME_LENGTH].rstrip()
