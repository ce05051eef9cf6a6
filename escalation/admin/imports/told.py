"""What an import would do, or has done, as pages tell it. All of it is read off the report that is kept of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.core.paginator import Page, Paginator

from escalation.transfer.advice import ADVICE
from escalation.transfer.findings import Code, Section, Severity
from escalation.transfer.importing.difference import Action
from escalation.transfer.importing.telling import KINDS
from escalation.transfer.plain import Plain

PER_PAGE: Final = 50
MOST_FIELDS: Final = 40
"""Of one object; the report has all of them."""
MOST_CHARACTERS: Final = 300
"""Of one value."""
MOST_EXAMPLES: Final = 5
"""Of findings with one code, until all of them are asked for."""
MOST_NAMED: Final = 20
MOST_MEANT: Final = 30
"""Of what it means, and of what is covered no longer."""

Report = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One thing that can become of an object: how it is called, and how it looks."""

    name: str
    title: str
    word: str
    tone: str = ""
    symbol: str = ""


CREATED: Final = Kind(name="created", title="New", word="new", tone="good", symbol="add")
CHANGED: Final = Kind(name="changed", title="Changed", word="changed", tone="warn", symbol="edit")
REMOVED: Final = Kind(name="removed", title="Removed", word="removed", tone="bad", symbol="delete")
KEPT: Final = Kind(name="kept", title="Not removed", word="not removed", tone="warn", symbol="lock")
LEFT_OUT: Final = Kind(name="left-out", title="Left out", word="left out", tone="bad", symbol="block")
STAYING: Final = Kind(name="staying", title="In no file", word="stays")
UNCHANGED: Final = Kind(name="unchanged", title="Unchanged", word="unchanged")
ALL: Final = (CREATED, CHANGED, REMOVED, KEPT, LEFT_OUT, STAYING, UNCHANGED)

_KIND_OF: Final[Mapping[str, Kind]] = {
    Action.CREATE: CREATED,
    Action.UPDATE: CHANGED,
    Action.REMOVE: REMOVED,
    Action.SKIP: LEFT_OUT,
    Action.STAY: STAYING,
    Action.UNCHANGED: UNCHANGED,
}
_CALLED_BY: Final = frozenset({"key", "name", "email"})
"""Fields of a new object that its line says already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field that differs, before and after; "" for nothing."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An object: what becomes of it, its fields but for ``more``, and why it is as it is."""

    kind: Kind
    what: str
    name: str
    differences: Sequence[Field]
    more: int
    reasons: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """A choice of objects, and how many there are."""

    kind: Kind
    count: int
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A finding: of what, what it says, the values it shows, and where its reason stands."""

    subject: str
    message: str
    values: Sequence[tuple[str, str]]
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The findings of one code, and what to do about them. ``noted`` are some, or a page of all."""

    code: str
    advice: str
    count: int
    noted: Sequence[Noted]


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """The findings of one severity."""

    severity: str
    tone: str
    meaning: str
    count: int
    groups: Sequence[Group]


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """What it means for a schedule or a policy, in sentences without a full stop."""

    subject: str
    sentences: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A page of a report.

    ``worse`` are sentences about what is covered no longer. ``code`` is the one whose findings are paged through, if one is; ``findings_page`` then that page.
    """

    is_applied: bool
    is_empty: bool
    deeds: Sequence[str]
    invited: Sequence[str]
    more_invited: int
    tabs: Sequence[Tab]
    lines: Sequence[Line]
    page: Page[Any]
    meant: Sequence[Meant]
    more_meant: int
    worse: Sequence[str]
    more_worse: int
    findings: Sequence[Findings]
    code: str
    findings_page: Page[Any] | None


_SEVERITIES: Final = (
    (Severity.BLOCKED, "bad", "is left out, and what depends on it"),
    (Severity.LOSSY, "warn", "behaves differently from what the files mean"),
    (Severity.NOTE, "", "is worth knowing"),
)


def told_of(report: Report, asked: Mapping[str, str]) -> Told:
    """Return what a page tells; ``asked`` may name a kind to ``show`` and a ``code``, and pages ``p`` and ``f``."""
    objects = _by_kind(report)
    shown = next((kind for kind in ALL if kind.name == asked.get("show")), _first(objects))
    page = Paginator(objects[shown.name], PER_PAGE).get_page(asked.get("p"))
    findings = list(_findings_in(report))
    code = asked.get("code", "") if asked.get("code", "") in {each["code"] for each in findings} else ""
    of_code = Paginator([each for each in findings if each["code"] == code], PER_PAGE).get_page(asked.get("f"))
    invited = report["invited"]
    return Told(
        is_applied=report["applied"],
        is_empty=not any(objects[kind.name] for kind in (CREATED, CHANGED, REMOVED, KEPT)),
        deeds=deeds_of(report),
        invited=invited[:MOST_NAMED],
        more_invited=max(len(invited) - MOST_NAMED, 0),
        tabs=[
            Tab(kind=kind, count=len(objects[kind.name]), is_current=kind is shown)
            for kind in ALL
            if objects[kind.name] or kind is shown
        ],
        lines=[_line(shown, each) for each in page],
        page=page,
        meant=[_meant(each) for each in report["meaning"][:MOST_MEANT]],
        more_meant=max(len(report["meaning"]) - MOST_MEANT, 0),
        worse=[each["sentence"] for each in report["worseCoverage"][:MOST_MEANT]],
        more_worse=max(len(report["worseCoverage"]) - MOST_MEANT, 0),
        findings=list(_grouped(findings, code, of_code)),
        code=code,
        findings_page=of_code if code else None,
    )


def stakes_of(report: Report) -> Mapping[str, int]:
    """Return how many findings are ``blocked`` and how many ``lossy``, and how many ``gaps`` there would be."""
    counts: Mapping[str, int] = report["totals"]["findings"]
    return {
        "blocked": counts.get(Severity.BLOCKED, 0),
        "lossy": counts.get(Severity.LOSSY, 0),
        "gaps": len(report["worseCoverage"]),
    }


def read_report(text: str) -> Report:
    """Return the report that is kept of an import."""
    report: Report = json.loads(text)
    return report


# What happens, in sentences

_NOUNS: Final[Sequence[tuple[Section, str, str]]] = (
    ("policies", "policy", "policies"),
    ("schedules", "schedule", "schedules"),
    ("workingHours", "set of working hours", "sets of working hours"),
    ("users", "person", "people"),
)


def deeds_of(report: Report) -> Sequence[str]:
    """Return what happens, or has happened, as "12 policies are created, 3 changed and 1 removed."."""
    objects = _by_kind(report)
    sentences = [_deeds(section, one, many, objects, report["applied"]) for section, one, many in _NOUNS]
    return [each for each in (*sentences, _invitations(report)) if each] or ["Nothing changes."]


def _deeds(
    section: Section, one: str, many: str, objects: Mapping[str, Sequence[Mapping[str, Any]]], is_past: bool
) -> str:
    created = "added" if section == "users" else "created"
    counts = [
        (sum(each["section"] == section for each in objects[kind.name]), word)
        for kind, word in ((CREATED, created), (CHANGED, "changed"), (REMOVED, "removed"))
    ]
    there = [(count, word) for count, word in counts if count]
    if not there:
        return ""
    (first, word), *others = there
    told = [
        f"{_number(first, one, many)} {_verb(first, is_past)} {word}",
        *(f"{count} {word}" for count, word in others),
    ]
    return f"{_listing(told)}."


def _invitations(report: Report) -> str:
    count, is_past = len(report["invited"]), report["applied"]
    return f"{_number(count, 'person', 'people')} {_verb(count, is_past)} invited by mail." if count else ""


def _number(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _verb(count: int, is_past: bool) -> str:
    return {(True, True): "was", (True, False): "is", (False, True): "were", (False, False): "are"}[count == 1, is_past]


def _listing(parts: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))


# Objects


def _by_kind(report: Report) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {kind.name: [] for kind in ALL}
    for each in report["objects"]:
        kind = KEPT if each["kept"] else _KIND_OF[each["action"]]
        found[kind.name].append(each)
    return found


def _first(objects: Mapping[str, Sequence[Any]]) -> Kind:
    return next((kind for kind in ALL if objects[kind.name]), CREATED)


def _line(kind: Kind, told: Mapping[str, Any]) -> Line:
    fields = [each for each in told["fields"] if kind is not CREATED or each["path"] not in _CALLED_BY]
    reasons = [told["kept"]] if told["kept"] else []
    if kind is LEFT_OUT:
        reasons = [each["message"] for each in told["findings"] if each["severity"] == Severity.BLOCKED]
    return Line(
        kind=kind,
        what=KINDS[told["section"]],
        name=told["name"],
        differences=[_field(each) for each in fields[:MOST_FIELDS]],
        more=max(len(fields) - MOST_FIELDS, 0),
        reasons=reasons,
    )


def _field(told: Mapping[str, Any]) -> Field:
    return Field(label=told["path"], before=_words(told["was"]), after=_words(told["now"]))


def _words(value: Plain) -> str:
    text = _text(value)
    return text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]}…"


def _text(value: Plain) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case dict():
            said = ((name, _text(item)) for name, item in value.items())
            return ", ".join(f"{name} {text}" for name, text in said if text)
        case list():
            return ", ".join(map(_text, value))
        case _:
            return str(value)


# What it means, and findings


def _meant(told: Mapping[str, Any]) -> Meant:
    return Meant(subject=f"{KINDS[told['section']]} {told['name']}", sentences=told["sentences"])


def _findings_in(report: Report) -> Iterator[Mapping[str, Any]]:
    yield from report["findings"]
    for each in report["objects"]:
        yield from each["findings"]


def _grouped(
    findings: Sequence[Mapping[str, Any]], code: str, of_code: Iterable[Mapping[str, Any]]
) -> Iterator[Findings]:
    for severity, tone, meaning in _SEVERITIES:
        some = [each for each in findings if each["severity"] == severity and (not code or each["code"] == code)]
        if some:
            listed = [each for each in of_code if each["severity"] == severity] if code else None
            yield Findings(
                severity=severity, tone=tone, meaning=meaning, count=len(some), groups=list(_groups(some, listed))
            )


def _groups(findings: Iterable[Mapping[str, Any]], listed: Sequence[Mapping[str, Any]] | None) -> Iterator[Group]:
    """Yield the findings code by code; ``listed`` are those to be shown, if not some of each."""
    by_code: dict[str, list[Mapping[str, Any]]] = {}
    for each in findings:
        by_code.setdefault(each["code"], []).append(each)
    for code, some in by_code.items():
        shown = some[:MOST_EXAMPLES] if listed is None else listed
        yield Group(code=code, advice=ADVICE[Code(code)], count=len(some), noted=list(map(_noted, shown)))


def _noted(finding: Mapping[str, Any]) -> Noted:
    kind = KINDS[finding["section"]] if finding["section"] else ""
    subject = f"{kind} {finding['name']}".strip()
    values = [(word, _words(finding[name])) for name, word in (("was", "there"), ("now", "here"))]
    return Noted(
        subject=subject,
        message=finding["message"],
        values=[(word, text) for word, text in values if text and text not in f"{subject} {finding['message']}"],
        place=finding["path"],
    )
