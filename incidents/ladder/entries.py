"""A ladder as a list to be read from top to bottom, by eye or by ear: what picture and text both show.

Layers passed stand before the call they led to. A pass that repeats the one before it, with the same people over the
same methods after the same waits, is told once, with when it begins again. A running incident has a mark where it stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise
from typing import Literal

from incidents.domain.ladder import Called, Rung
from incidents.domain.model import Cause
from incidents.ladder.told import ToldLadder, ToldPassed, ToldRung
from incidents.wording import delay, listing

Kind = Literal["call", "passed", "again", "here"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing to be read. ``pause`` is how long nobody answers before what follows, "" where nothing is waited for."""

    kind: Kind
    summary: str
    rung: ToldRung | None = None
    passed: ToldPassed | None = None
    pause: str = ""


def entries_of(told: ToldLadder) -> tuple[Entry, ...]:
    """Return what there is to be read of a ladder."""
    return tuple(_entries(told))


def _entries(told: ToldLadder) -> Iterator[Entry]:
    pauses = _pauses(told.rungs)
    past = [rung for rung in told.rungs if rung.is_past]
    for rung in past:
        yield from _calls([rung], pauses)
    if told.here:
        yield Entry(kind="here", summary=told.here)
    passes = [list(of_pass) for _, of_pass in groupby(told.rungs[len(past) :], key=_pass_no)]
    while passes:
        first, same = passes[0], _how_many_alike(passes)
        yield from _calls(first, pauses)
        if same > 1:
            yield _again(passes[1:same], pauses)
        passes = passes[same:]


def _pauses(rungs: Sequence[ToldRung]) -> dict[int, str]:
    """Return how long it takes from each call to the one after it; after the last, to the one that is due."""
    pauses = {one.rung.firing: delay(other.rung.at - one.rung.at) for one, other in pairwise(rungs)}
    return pauses | {rung.rung.firing: rung.wait for rung in rungs[-1:]}


def _pass_no(rung: ToldRung) -> tuple[int, bool]:
    """Tell passes apart, and the call of the fallback, which is none, from the last."""
    return rung.rung.pass_no, rung.rung.cause is Cause.FALLBACK


def _calls(rungs: Sequence[ToldRung], pauses: dict[int, str]) -> Iterator[Entry]:
    for rung in rungs:
        for passed in rung.passed:
            yield Entry(kind="passed", summary=passed.summary, passed=passed)
        yield Entry(kind="call", summary=rung.summary, rung=rung, pause=pauses[rung.rung.firing])


def _again(passes: Sequence[Sequence[ToldRung]], pauses: dict[int, str]) -> Entry:
    begins = [of_pass[0].when for of_pass in passes]
    times = "once more" if len(passes) == 1 else f"{len(passes)} times more"
    return Entry(
        kind="again",
        summary=f"The same again, {times}: {listing(begins)}.",
        pause=pauses[passes[-1][-1].rung.firing],
    )


def _how_many_alike(passes: Sequence[Sequence[ToldRung]]) -> int:
    first = _likeness([told.rung for told in passes[0]])
    return next(
        (place for place, other in enumerate(passes) if _likeness([told.rung for told in other]) != first), len(passes)
    )


def _likeness(rungs: Sequence[Rung]) -> object:
    """Return all of a pass but its instants, numbers and causes."""
    start = rungs[0].at
    return [
        (
            rung.at - start,
            rung.position,
            rung.waived,
            rung.missed,
            [(one.position, one.skipped, one.missed) for one in rung.passed],
            [_likeness_of(called, rung.at) for called in rung.called],
        )
        for rung in rungs
    ]


def _likeness_of(called: Called, at: datetime) -> object:
    duty = called.duty
    ways = [(way.method, [sent_at - at for sent_at in way.sent_at]) for way in called.ways]
    return duty.user, duty.source, duty.source_id, ways, [(one.method, one.because) for one in called.left_out]
