"""A plan in words, for a terminal: what would change field by field, and what is not as it was."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from escalation.transfer.findings import Finding, Section, Severity
from escalation.transfer.importing.applying import Kept
from escalation.transfer.importing.difference import Action, Change, FieldChange
from escalation.transfer.importing.service import Answer
from escalation.transfer.meaning.said import Meaning
from escalation.transfer.plain import Plain
from scaling.text import single_line

KINDS: Final[Mapping[Section, str]] = {
    "users": "user",
    "workingHours": "working hours",
    "schedules": "schedule",
    "policies": "policy",
}
MOST_NAMED: Final = 10
"""Of what stays as it is, so many are named."""
MOST_SHOWN: Final = 120
"""Of a value that a finding shows, so many characters; the report has all of it."""

_SIGNS: Final = {Action.CREATE: "+", Action.UPDATE: "~", Action.REMOVE: "-"}
_COUNTED: Final = (
    (Action.CREATE, "to create"),
    (Action.UPDATE, "to change"),
    (Action.REMOVE, "to remove"),
    (Action.UNCHANGED, "unchanged"),
)


def answer_text(answer: Answer) -> str:
    """Return what a plan says, and what became of it.

    A line for each part that changes, its fields below it; then what it means for who is on call, what is covered no
    longer, findings, and totals.
    """
    changes = answer.plan.changes
    lines = [
        *_changes(changes),
        *_stays(changes),
        *_meaning(answer.meaning),
        *_findings(answer.plan.arrival.findings),
        _totals(changes),
        *_kept(answer.kept or {}),
    ]
    return "\n".join(lines)


def _totals(changes: Iterable[Change]) -> str:
    """Return such as "3 to create, 1 to change, 0 to remove, 12 unchanged."."""
    counts = Counter(each.action for each in changes)
    return ", ".join(f"{counts[action]} {words}" for action, words in _COUNTED) + "."


def _meaning(meaning: Meaning) -> Iterator[str]:
    if meaning.told:
        yield "What it means:"
    for told in meaning.told:
        kind = KINDS[told.subject.section]
        yield from (f"    {kind} {told.name}: {single_line(sentence)}." for sentence in told.sentences)
    if meaning.worse:
        yield f"Covered no longer: {len(meaning.worse)}"
    yield from (f"    {single_line(worse.sentence)}." for worse in meaning.worse)


def _kept(kept: Kept) -> Iterator[str]:
    return (f"Not removed: {KINDS[each.section]} {each.key}. {reason}" for each, reason in sorted(kept.items()))


def _changes(changes: Iterable[Change]) -> Iterator[str]:
    for change in changes:
        sign = _SIGNS.get(change.action)
        if sign is not None:
            yield f"{sign} {KINDS[change.subject.section]} {single_line(change.name)}"
            yield from (f"    {_field(each)}" for each in change.fields)


def _field(change: FieldChange) -> str:
    if change.was is None:
        return f"{change.path}: + {_value(change.now)}"
    if change.now is None:
        return f"{change.path}: - {_value(change.was)}"
    return f"{change.path}: {_value(change.was)} -> {_value(change.now)}"


def _value(value: Plain) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_value(item)}" for name, item in value.items() if item not in (None, []))
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return single_line(value) if isinstance(value, str) else json.dumps(value)


def _stays(changes: Iterable[Change]) -> Iterator[str]:
    staying = [
        f"{KINDS[each.subject.section]} {single_line(each.name)}" for each in changes if each.action is Action.STAY
    ]
    if staying:
        more = len(staying) - MOST_NAMED
        named = ", ".join(islice(staying, MOST_NAMED)) + (f" and {more} more" if more > 0 else "")
        yield f"Here and in no file, and stays: {named}. (--prune removes what is in no file.)"


def _findings(findings: Sequence[Finding]) -> Iterator[str]:
    for severity in Severity:
        some = [each for each in findings if each.severity is severity]
        if some:
            yield f"{severity}: {len(some)}"
            yield from (f"    {finding_text(each)}" for each in some)


def finding_text(finding: Finding) -> str:
    """Return a finding in one line: its code, what it is about and why, what was there and is here, and where."""
    kind = "" if finding.subject is None else f"{KINDS[finding.subject.section]} "
    shown = [
        f"{word} {_shortened(value)}"
        for word, value in (("was", finding.was), ("here", finding.now))
        if value is not None
    ]
    values = f" [{', '.join(shown)}]" if shown else ""
    place = f" ({finding.path})" if finding.path else ""
    return single_line(f"{finding.code}: {kind}{finding.name} {finding.message}{values}{place}")


def _shortened(value: Plain) -> str:
    text = _value(value)
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"
