"""Whatever files there are, as what arrives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from escalation.transfer.findings import subjects_of
from escalation.transfer.importing.own_files import arrival_of
from escalation.transfer.importing.service import Arrive
from escalation.transfer.reading.files import read_files
from escalation.transfer.reading.sources import Source

OWN: Final = ("yaml", "json", "csv")
FORMS: Final = ("auto", *OWN)


class Incoming(NamedTuple):
    """What the files are of, a product or a format of our own, and what makes an arrival of them."""

    source: str
    arrive: Arrive


def incoming(sources: Sequence[Source], form: str = "auto") -> Incoming:
    """Return what arrives with files; ``auto`` tells their format by their names.

    Raises:
        Unreadable: something is wrong with them.
    """
    reading = read_files(sources, None if form == "auto" else form)
    return Incoming("files", lambda state: arrival_of(reading, frozenset(subjects_of(state.document))))
