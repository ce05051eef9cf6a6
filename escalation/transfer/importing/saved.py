"""A plan as a file, to be looked at today and applied tomorrow.

It holds what arrived and the options, not the changes: applied, it is planned again, and that is the same plan as long
as the organization is the same, which its fingerprint tells.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, get_args

from escalation.transfer.arrival import Arrival, ExternalRef
from escalation.transfer.document import Document
from escalation.transfer.findings import Code, Finding, Section, Severity, Subject
from escalation.transfer.importing.planning import Options
from escalation.transfer.importing.service import Answer, Job
from escalation.transfer.plain import as_plain
from escalation.transfer.reading import values
from escalation.transfer.reading.files import document_at
from escalation.transfer.reading.json_tree import json_tree
from escalation.transfer.reading.nodes import Node, plain
from escalation.transfer.reading.parsers import REQUIRED, Parser, many, or_null, record, scalar
from escalation.transfer.reading.problems import Problems, Refused
from escalation.transfer.reading.sources import Source, text_of
from scaling.errors import InvalidInput

PLAN_VERSION: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPlan:
    """What has to be known to make the same plan again."""

    organization_id: str
    fingerprint: str
    planned_at: datetime
    source: str
    options: Options
    arrival: Arrival


class _Part(NamedTuple):
    subject: Subject
    path: str
    unsaid: tuple[str, ...]
    ref: ExternalRef | None


class _Mapped(NamedTuple):
    theirs: str
    ours: str


def plan_text(job: Job, answer: Answer) -> str:
    """Return the file of a plan, as ``plan_from`` reads it."""
    arrival = answer.plan.arrived
    said = {
        "scalingPlan": PLAN_VERSION,
        "organization": job.organization_id,
        "fingerprint": answer.plan.state.fingerprint,
        "plannedAt": answer.at.astimezone(UTC).isoformat(),
        "source": job.source,
        "createUsers": job.options.create_users,
        "prune": job.options.prune,
        "userMap": [{"theirs": theirs, "ours": ours} for theirs, ours in sorted(job.options.user_map.items())],
        "sections": sorted(arrival.sections),
        "parts": [_part(subject, arrival) for subject in sorted({*arrival.refs, *arrival.paths, *arrival.unsaid})],
        "findings": [finding_as_plain(each) for each in arrival.findings],
        "document": as_plain(arrival.document),
    }
    return json_text(said)


def plan_from(source: Source) -> SavedPlan:
    """Return the plan that a file holds.

    Raises:
        Unreadable: it holds none, or one of another version.
    """
    problems = Problems()
    try:
        plan = _PLAN("", json_tree(source.name, text_of(source, problems), problems), problems)
    except Refused:
        problems.refuse()
        raise
    problems.refuse()
    return plan


def job_of(plan: SavedPlan, organization_id: str, *, accept_loss: bool, accept_gaps: bool) -> Job:
    """Return the import that carries a saved plan out.

    Raises:
        InvalidInput: it was made for another organization.
    """
    if plan.organization_id != organization_id:
        raise InvalidInput([("plan", f"was made for another organization, {plan.organization_id}.")])
    return Job(
        organization_id=organization_id,
        source=plan.source,
        arrive=lambda _: plan.arrival,
        options=plan.options,
        accept_loss=accept_loss,
        accept_gaps=accept_gaps,
        fingerprint=plan.fingerprint,
        planned_at=plan.planned_at,
    )


def json_text(value: object) -> str:
    """Return the text of a file in JSON, without halves of surrogate pairs, which values that findings show may hold."""
    text = json.dumps(value, ensure_ascii=False, indent=1) + "\n"
    return text.encode(errors="replace").decode()


def finding_as_plain(finding: Finding) -> dict[str, Any]:
    """Return a finding as JSON has it."""
    section, key = finding.subject or (None, None)
    return {
        "severity": finding.severity,
        "code": finding.code,
        "section": section,
        "key": key,
        "name": finding.name,
        "path": finding.path,
        "message": finding.message,
        "was": finding.was,
        "now": finding.now,
    }


def _part(subject: Subject, arrival: Arrival) -> Mapping[str, Any]:
    ref = arrival.refs.get(subject)
    return {
        "section": subject.section,
        "key": subject.key,
        "path": arrival.paths.get(subject, ""),
        "unsaid": sorted(arrival.unsaid.get(subject, ())),
        "ref": None if ref is None else ref._asdict(),
    }


def _make_finding(*, section: str | None, key: str | None, severity: str, code: str, **said: Any) -> Finding:
    subject = None if section is None or key is None else _subject(section, key)
    return Finding(severity=Severity(severity), code=Code(code), subject=subject, **said)


def _make_plan(
    *,
    scaling_plan: int,
    create_users: bool,
    prune: bool,
    user_map: Sequence[_Mapped],
    sections: Sequence[Section],
    parts: Sequence[_Part],
    findings: tuple[Finding, ...],
    document: Document,
    organization: str,
    **said: Any,
) -> SavedPlan:
    return SavedPlan(
        organization_id=organization,
        options=Options(create_users=create_users, prune=prune, user_map=dict(user_map)),
        arrival=Arrival(
            document=document,
            sections=frozenset(sections),
            findings=findings,
            refs={each.subject: each.ref for each in parts if each.ref is not None},
            paths={each.subject: each.path for each in parts if each.path},
            unsaid={each.subject: frozenset(each.unsaid) for each in parts if each.unsaid},
        ),
        **said,
    )


def _subject(section: str, key: str) -> Subject:
    return Subject(section, key)  # type: ignore[arg-type]


def _make_part(*, section: str, key: str, **said: Any) -> _Part:
    return _Part(subject=_subject(section, key), **said)


def _checked_version(version: int) -> int:
    if version != PLAN_VERSION:
        raise InvalidInput([("", f"must be {PLAN_VERSION}: no other is known here.")])
    return version


def _anything(name: str, node: Node, problems: Problems) -> Any:
    return plain(node)


_TEXT: Final = (scalar(values.text), REQUIRED)
_TEXT_OR_NONE: Final = (scalar(values.or_none(values.text)), REQUIRED)
_SECTION: Final = values.choice(get_args(Section))

_PART: Final = record(
    _make_part,
    {
        "section": (scalar(_SECTION), REQUIRED),
        "key": _TEXT,
        "path": _TEXT,
        "unsaid": (many(scalar(values.text)), REQUIRED),
        "ref": (or_null(record(ExternalRef, dict.fromkeys(ExternalRef._fields, _TEXT))), REQUIRED),
    },
)

_FINDING: Final = record(
    _make_finding,
    {
        "severity": (scalar(values.choice([*Severity])), REQUIRED),
        "code": (scalar(values.choice([*Code])), REQUIRED),
        "section": (scalar(values.or_none(_SECTION)), REQUIRED),
        "key": _TEXT_OR_NONE,
        "name": _TEXT,
        "path": _TEXT,
        "message": _TEXT,
        "was": (_anything, REQUIRED),
        "now": (_anything, REQUIRED),
    },
)

_PLAN: Final[Parser[SavedPlan]] = record(
    _make_plan,
    {
        "scaling_plan": (scalar(values.of_integer(_checked_version)), REQUIRED),
        "organization": _TEXT,
        "fingerprint": _TEXT,
        "planned_at": (scalar(values.instant), REQUIRED),
        "source": _TEXT,
        "create_users": (scalar(values.boolean), REQUIRED),
        "prune": (scalar(values.boolean), REQUIRED),
        "user_map": (many(record(_Mapped, {"theirs": _TEXT, "ours": _TEXT})), REQUIRED),
        "sections": (many(scalar(_SECTION)), REQUIRED),
        "parts": (many(_PART), REQUIRED),
        "findings": (many(_FINDING), REQUIRED),
        "document": (document_at, REQUIRED),
    },
)
