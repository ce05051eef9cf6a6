"""A file that says who people of another product are here."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Final

from accounts.validation import checked_email
from escalation.transfer.importing.people import UserMap
from escalation.transfer.keys import key_of_email
from escalation.transfer.reading.nodes import Place
from escalation.transfer.reading.problems import Problems, Refused
from escalation.transfer.reading.sources import Source, text_of
from scaling.errors import InvalidInput

COLUMNS: Final = ["source", "email"]


def read_user_map(source: Source) -> UserMap:
    """Return the map that a CSV file of two columns holds, ``source,email``: who is who here.

    ``source`` is an address, or a key, of the files that are imported.

    Raises:
        Unreadable: it is none.
    """
    problems = Problems()
    found: dict[str, str] = {}
    try:
        for place, theirs, ours in _rows(source, problems):
            known = found.setdefault(key_of_email(theirs), ours)
            if known != ours:
                problems.add(place, f"{theirs} is {known} already.")
    except Refused:
        pass
    problems.refuse()
    return found


def _rows(source: Source, problems: Problems) -> Iterator[tuple[Place, str, str]]:
    reader = csv.reader(io.StringIO(text_of(source, problems), newline=""), strict=True)
    try:
        if next(reader) != COLUMNS:
            problems.add(Place(source.name, 1), f"must begin with the columns {','.join(COLUMNS)}.")
            raise Refused
        for cells in reader:
            place = Place(source.name, reader.line_num)
            email = _email(place, cells, problems)
            if email is not None:
                yield place, cells[0].strip(), email
    except csv.Error as error:
        problems.add(Place(source.name, reader.line_num), f"is no CSV: {error}.")
        raise Refused from error


def _email(place: Place, cells: list[str], problems: Problems) -> str | None:
    if len(cells) != len(COLUMNS):
        problems.add(place, "must have two cells.")
        return None
    try:
        return checked_email("", cells[1])
    except InvalidInput as refusal:
        problems.add(place, f"email: {refusal.errors[0][1]}")
        return None
