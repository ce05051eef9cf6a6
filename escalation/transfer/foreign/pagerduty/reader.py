"""A bundle of PagerDuty, read into the document."""

from __future__ import annotations

from escalation.transfer.arrival import Arrival
from escalation.transfer.document import Document
from escalation.transfer.foreign.bundle import Bundle
from escalation.transfer.foreign.ledger import Ledger
from escalation.transfer.foreign.pagerduty.people import people_of
from escalation.transfer.foreign.pagerduty.policies import policies_of
from escalation.transfer.foreign.pagerduty.schedules import LayeredSchedules, tell_missing
from escalation.transfer.foreign.pagerduty.services import tell_services
from escalation.transfer.foreign.pagerduty.shifts import ShiftSchedules
from escalation.transfer.foreign.pagerduty.timelines import timelines_of


def read(bundle: Bundle) -> Arrival:
    """Return what a bundle says.

    Raises:
        Unreadable: some of it is not as PagerDuty answers.
    """
    ledger = Ledger(bundle)
    people = people_of(bundle, ledger)
    schedules = (*LayeredSchedules(bundle, ledger, people).read(), *ShiftSchedules(bundle, ledger, people).read())
    tell_missing(bundle, ledger)
    policies = policies_of(bundle, ledger, people)
    tell_services(bundle, ledger)
    timelines = timelines_of(bundle, ledger, people)
    bundle.problems.refuse()
    document = Document(organization=None, users=people.users, working_hours=(), schedules=schedules, policies=policies)
    return ledger.arrival(document, timelines)
