"""A bundle of GoAlert, read into the document."""

from __future__ import annotations

from escalation.transfer.arrival import Arrival
from escalation.transfer.document import Document
from escalation.transfer.foreign.bundle import Bundle
from escalation.transfer.foreign.goalert.people import people_of
from escalation.transfer.foreign.goalert.policies import Policies
from escalation.transfer.foreign.goalert.schedules import Schedules
from escalation.transfer.foreign.goalert.timelines import timelines_of
from escalation.transfer.foreign.ledger import Ledger


def read(bundle: Bundle) -> Arrival:
    """Return what a bundle says.

    Raises:
        Unreadable: some of it is not as GoAlert answers.
    """
    ledger = Ledger(bundle)
    people = people_of(bundle, ledger)
    schedules = Schedules(bundle, ledger, people)
    found = schedules.read()
    policies = Policies(bundle, ledger, people, schedules).read()
    schedules.tell_unused()
    timelines = timelines_of(bundle, ledger, people)
    bundle.problems.refuse()
    document = Document(
        organization=None,
        users=people.users,
        working_hours=(),
        schedules=(*found, *schedules.wrapped),
        policies=policies,
    )
    return ledger.arrival(document, timelines)
