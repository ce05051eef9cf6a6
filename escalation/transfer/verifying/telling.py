"""Comparisons in words for a terminal, as JSON for programs, and as findings for whoever plans an import."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from escalation.domain.local_time import zone_named
from escalation.time_words import both, counted
from escalation.transfer.findings import Code, Finding, Severity
from escalation.transfer.plain import Plain, instant_text
from escalation.transfer.verifying.comparing import Crew, Differing
from escalation.transfer.verifying.judging import Comparison, Verdict
from scaling.text import single_line

_SIGNS: Final[Mapping[Verdict, str]] = {
    Verdict.EQUAL: "OK",
    Verdict.DIFFERENT: "DIFF",
    Verdict.MISSING: "GONE",
    Verdict.UNKNOWN: "?",
}
_COUNTED: Final[Mapping[Verdict, str]] = {
    Verdict.EQUAL: "equal",
    Verdict.DIFFERENT: "different",
    Verdict.MISSING: "not here",
    Verdict.UNKNOWN: "not compared",
}


def as_text(comparisons: Iterable[Comparison]) -> str:
    """Return a line for each schedule, below it each interval that differs and what is worth knowing; then totals."""
    lines = [line for each in comparisons for line in _lines(each)]
    return "\n".join([*lines, totals(comparisons)])


def totals(comparisons: Iterable[Comparison]) -> str:
    """Return such as "2 schedules: 1 equal, 1 different."."""
    counts = Counter(each.verdict for each in comparisons)
    told = ", ".join(f"{counts[verdict]} {words}" for verdict, words in _COUNTED.items() if counts[verdict])
    return f"{counted(counts.total(), 'schedule')}: {told or 'nothing to compare'}."


def warnings(comparisons: Sequence[Comparison]) -> Iterator[str]:
    """Yield what keeps a comparison from proving what it is to prove, each with the schedules it is about."""
    unknown = [_name(each) for each in comparisons if each.verdict is Verdict.UNKNOWN]
    if unknown:
        yield f"The bundle does not say who is on call in {both(unknown)}: nothing was compared."
    missed = [_name(each) for each in comparisons if each.change_missed is not None]
    if missed:
        yield f"The clocks do not change in the time compared in {both(missed)}: a difference after that would not be seen."


def as_plain(comparisons: Iterable[Comparison]) -> Plain:
    """Return each comparison as JSON has it; instants in the schedule's zone."""
    return [_plain(each) for each in comparisons]


def mismatches(comparisons: Iterable[Comparison]) -> tuple[Finding, ...]:
    """Return a finding for each schedule that differs, with who is on call there and here in every interval."""
    return tuple(_mismatch(each) for each in comparisons if each.differing)


def _lines(comparison: Comparison) -> Iterator[str]:
    sign, zone = _SIGNS[comparison.verdict], _zone(comparison)
    time = _span(comparison.start, comparison.end, zone)
    yield f"{sign:5} schedule {_name(comparison)}{f': {time} {comparison.timezone}' if time else ''}"
    for starts_at, ends_at, there, here in comparison.differing:
        yield f"      - {_span(starts_at, ends_at, zone)}: there {_named(there)}, here {_named(here)}"
    if comparison.unreachable:
        yield f"      - on call and cannot be paged here: {_named(comparison.unreachable)}"
    if comparison.change_missed is not None:
        yield f"      - the clocks do not change in this time, but at {_shown(comparison.change_missed.at, zone)}"


def _span(start: datetime | None, end: datetime | None, zone: tzinfo) -> str:
    return "" if start is None or end is None else f"{_shown(start, zone)} to {_shown(end, zone)}"


def _shown(at: datetime, zone: tzinfo) -> str:
    local = at.astimezone(zone)
    return local.isoformat(" ", "minutes" if not local.second and not local.microsecond else "auto")


def _named(people: Iterable[str]) -> str:
    return ", ".join(sorted(map(single_line, people))) or "nobody"


def _name(comparison: Comparison) -> str:
    return single_line(comparison.name)


def _zone(comparison: Comparison) -> tzinfo:
    return zone_named(comparison.timezone) or UTC


def _plain(comparison: Comparison) -> Plain:
    zone = _zone(comparison)
    missed = comparison.change_missed
    return {
        "key": comparison.subject.key,
        "name": comparison.name,
        "timezone": comparison.timezone,
        "verdict": comparison.verdict.value,
        "start": _instant(comparison.start, zone),
        "end": _instant(comparison.end, zone),
        "differences": [
            {**_interval(each, zone), "theirs": _listed(each.theirs), "ours": _listed(each.ours)}
            for each in comparison.differing
        ],
        "unreachable": [*comparison.unreachable],
        "clockChangeMissed": None if missed is None else _instant(missed.at, zone),
    }


def _instant(at: datetime | None, zone: tzinfo) -> str | None:
    return None if at is None else instant_text(at, zone)


def _interval(each: Differing, zone: tzinfo) -> dict[str, Plain]:
    return {"start": instant_text(each.starts_at, zone), "end": instant_text(each.ends_at, zone)}


def _listed(crew: Crew) -> list[Plain]:
    return [*sorted(crew)]


def _mismatch(comparison: Comparison) -> Finding:
    zone = _zone(comparison)
    apart = sum((each.ends_at - each.starts_at for each in comparison.differing), timedelta())
    first = _shown(comparison.differing[0].starts_at, zone)
    return Finding(
        severity=Severity.LOSSY,
        code=Code.TIMELINE_MISMATCH,
        subject=comparison.subject,
        name=comparison.name,
        path=comparison.path,
        message=f"has others on call here than there for {apart} in all, for the first time at {first}.",
        was=[{**_interval(each, zone), "users": _listed(each.theirs)} for each in comparison.differing],
        now=[{**_interval(each, zone), "users": _listed(each.ours)} for each in comparison.differing],
    )
