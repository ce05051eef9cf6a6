"""A bundle of Grafana OnCall, read into the document."""

from __future__ import annotations

from escalation.transfer.arrival import Arrival
from escalation.transfer.document import Document
from escalation.transfer.foreign.bundle import Bundle
from escalation.transfer.foreign.grafana.chains import Chains
from escalation.transfer.foreign.grafana.people import Members
from escalation.transfer.foreign.grafana.routes import tell_routes
from escalation.transfer.foreign.grafana.schedules import Schedules
from escalation.transfer.foreign.ledger import Ledger


def read(bundle: Bundle) -> Arrival:
    """Return what a bundle says.

    Raises:
        Unreadable: some of it is not as Grafana OnCall answers.
    """
    ledger = Ledger(bundle)
    members = Members(bundle, ledger)
    reader = Schedules(bundle, ledger, members)
    schedules, timelines = reader.read(), reader.timelines()
    policies = Chains(bundle, ledger, members).read()
    members.tell_owners(bundle)
    tell_routes(bundle, ledger)
    bundle.problems.refuse()
    document = Document(
        organization=None, users=members.people.users, working_hours=(), schedules=schedules, policies=policies
    )
    return ledger.arrival(document, timelines, has_descriptions=False)
