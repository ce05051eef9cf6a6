"""Whatever files there are, as what arrives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from escalation.transfer.arrival import Arrival
from escalation.transfer.findings import Code, Finding, subjects_of
from escalation.transfer.foreign.bundle import PRODUCTS, Bundle, is_bundle, read_bundle
from escalation.transfer.foreign.readers import READERS
from escalation.transfer.importing.own_files import arrival_of
from escalation.transfer.importing.own_rules import checked_document
from escalation.transfer.importing.service import Arrive
from escalation.transfer.reading.files import read_files
from escalation.transfer.reading.nodes import Place
from escalation.transfer.reading.problems import Problem, Unreadable
from escalation.transfer.reading.sources import Source
from escalation.transfer.verifying.judging import judge, with_what_is_read
from escalation.transfer.verifying.telling import mismatches

OWN: Final = ("yaml", "json", "csv")
FORMS: Final = ("auto", *OWN, *PRODUCTS)


class Incoming(NamedTuple):
    """What the files are of, a product or a format of our own, and what makes an arrival of them."""

    source: str
    arrive: Arrive


def incoming(sources: Sequence[Source], form: str = "auto") -> Incoming:
    """Return what arrives with files; ``auto`` tells a bundle by its manifest, and other files by their names.

    Raises:
        Unreadable: something is wrong with them.
    """
    if form in PRODUCTS or (form == "auto" and is_bundle(sources)):
        return _foreign(sources, form)
    reading = read_files(sources, None if form == "auto" else form)
    return Incoming("files", lambda state: arrival_of(reading, frozenset(subjects_of(state.document))))


def _foreign(sources: Sequence[Source], form: str) -> Incoming:
    bundle = read_bundle(sources)
    if form not in {"auto", bundle.source}:
        raise Unreadable([Problem(Place("manifest.json"), f"says {bundle.source}, and {form} was asked for.")])
    arrival = _read(bundle)
    return Incoming(bundle.source, lambda _: arrival)


def _read(bundle: Bundle) -> Arrival:
    read = READERS[bundle.source](bundle)
    arrival = replace(read, document=checked_document(read))
    return replace(arrival, findings=(*arrival.findings, *_mismatches(arrival)))


def _mismatches(arrival: Arrival) -> Iterator[Finding]:
    """Yield where the product's own account differs from what it is read as, unless its reader has told that."""
    told = {each.subject for each in arrival.findings if each.code is Code.TIMELINE_MISMATCH}
    return (each for each in mismatches(judge(with_what_is_read(arrival))) if each.subject not in told)
