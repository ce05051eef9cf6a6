"""What an import did or would do, for machines."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any, Final

from escalation.transfer.findings import Finding, Subject
from escalation.transfer.importing.applying import Kept
from escalation.transfer.importing.difference import Action, Change, FieldChange, contents_of
from escalation.transfer.importing.planning import Plan
from escalation.transfer.importing.saved import finding_as_plain, json_text
from escalation.transfer.importing.service import Answer
from escalation.transfer.meaning.said import Told, Worse

REPORT_VERSION: Final = 1


def report_text(answer: Answer, *, source: str) -> str:
    """Return the report as JSON; ``source`` is what the files are of.

    Every object has its action, its fields and its findings; what is blocked is skipped. Of what is new, the fields are
    all that it says. ``invited`` are the addresses of those who are invited by mail.
    """
    plan, kept = answer.plan, answer.kept
    findings: defaultdict[Subject | None, list[Finding]] = defaultdict(list)
    for finding in plan.arrival.findings:
        findings[finding.subject].append(finding)
    objects = [_object(change, plan, findings.pop(change.subject, ()), kept or {}) for change in plan.changes]
    objects += [_skipped(subject, some, plan) for subject, some in findings.items() if subject is not None]
    said = {
        "formatVersion": REPORT_VERSION,
        "organization": {"id": plan.state.organization_id, "name": plan.state.document.organization},
        "source": source,
        "at": answer.at.astimezone(UTC).isoformat(),
        "applied": kept is not None,
        "totals": _totals(plan),
        "invited": [user.email for user in plan.newcomers if user.active],
        "objects": objects,
        "findings": [finding_as_plain(each) for each in findings[None]],
        "obstacles": [*answer.obstacles],
        "meaning": [{**_of(each), "sentences": [*each.sentences]} for each in answer.meaning.told],
        "worseCoverage": [{**_of(each), "sentence": each.sentence} for each in answer.meaning.worse],
    }
    return json_text(said)


def _of(said: Told | Worse) -> Mapping[str, Any]:
    return {"section": said.subject.section, "key": said.subject.key, "name": said.name}


def _totals(plan: Plan) -> Mapping[str, Any]:
    actions = Counter(each.action for each in plan.changes)
    severities = Counter(each.severity for each in plan.arrival.findings)
    return {
        "actions": {str(action): actions[action] for action in Action},
        "findings": dict(sorted(severities.items())),
    }


def _object(change: Change, plan: Plan, findings: Sequence[Finding], kept: Kept) -> Mapping[str, Any]:
    ref = plan.arrival.refs.get(change.subject)
    return {
        "section": change.subject.section,
        "key": change.subject.key,
        "name": change.name,
        "externalRef": None if ref is None else ref._asdict(),
        "action": change.action,
        "kept": kept.get(change.subject),
        "fields": [each._asdict() for each in _fields(change, plan)],
        "findings": [finding_as_plain(each) for each in findings],
    }


def _fields(change: Change, plan: Plan) -> Sequence[FieldChange]:
    return contents_of(plan.parts[change.subject]) if change.action is Action.CREATE else change.fields


def _skipped(subject: Subject, findings: Sequence[Finding], plan: Plan) -> Mapping[str, Any]:
    skipped = Change(subject=subject, name=findings[0].name, action=Action.SKIP)
    return _object(skipped, plan, findings, {})
