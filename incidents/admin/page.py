"""The page of one incident, as far as it keeps itself as the rows are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from incidents.admin.answers import Answers, load_answers
from incidents.admin.ladder import ShownLadder, show
from incidents.admin.live import Version, ask_version
from incidents.admin.report import Report, load_escalation, load_report
from incidents.ladder import load_incident_ladder
from incidents.models import Escalation, Incident

# Sentences tell how far away instants are, so they are drawn anew each minute, whatever has happened.
_VERSION: Final = """
SELECT clock_timestamp(), date_trunc('minute', clock_timestamp()), escalation.version, incident.repeats,
  (SELECT version FROM escalation_policy policy
    WHERE policy.organization_id = escalation.organization_id AND policy.id = escalation.policy_id),
  (SELECT count(*) FROM incidents_timelineevent event WHERE event.incident_id = incident.id),
  (SELECT concat_ws(' ', count(*), count(next_at), sum(attempts))
    FROM incidents_delivery delivery WHERE delivery.escalation_id = escalation.id)
FROM incidents_incident incident JOIN incidents_escalation escalation ON escalation.id = incident.id
WHERE incident.organization_id = %(organization)s AND incident.id = %(incident)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentPage:
    """What is known of the incident, and what can be done about it."""

    row: Escalation
    report: Report
    ladder: ShownLadder
    answers: Answers


def load_page_version(incident: Incident) -> Version:
    """Return what changes whenever the page does, but for names and schedules, and each minute. One statement."""
    return ask_version(_VERSION, {"organization": incident.organization_id, "incident": incident.pk})


def load_page(incident: Incident, now: datetime, *, is_admin: bool) -> IncidentPage:
    """Return the page, for an admin or for a member. At most 35 statements, whatever has happened so far."""
    row = load_escalation(incident)
    report = load_report(row, now, is_admin=is_admin)
    version = None if report.policy is None else report.policy.version
    ladder = show(load_incident_ladder(row, now), f"{row.incident}: the calls so far, and those to come")
    return IncidentPage(row=row, report=report, ladder=ladder, answers=load_answers(row, version, now))
