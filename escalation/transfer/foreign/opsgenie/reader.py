"""A bundle of Opsgenie, read into the document."""

from __future__ import annotations

from escalation.transfer.arrival import Arrival
from escalation.transfer.document import Document
from escalation.transfer.findings import Code
from escalation.transfer.foreign.bundle import Bundle
from escalation.transfer.foreign.ledger import Ledger
from escalation.transfer.foreign.opsgenie.escalations import policies_of
from escalation.transfer.foreign.opsgenie.forwarding import Forwards
from escalation.transfer.foreign.opsgenie.people import Everybody
from escalation.transfer.foreign.opsgenie.schedules import Schedules
from escalation.transfer.foreign.opsgenie.teams import Teams
from escalation.transfer.foreign.opsgenie.timelines import timelines_of


def read(bundle: Bundle) -> Arrival:
    """Return what a bundle says.

    Raises:
        Unreadable: some of it is not as Opsgenie answers.
    """
    ledger = Ledger(bundle)
    people = Everybody(bundle, ledger)
    teams = Teams(bundle, people)
    schedules = Forwards(bundle, ledger, people).applied(Schedules(bundle, ledger, people, teams).read())
    policies = policies_of(bundle, ledger, people, teams)
    teams.tell_owners(ledger.whole, bundle)
    teams.tell_routes(ledger.whole)
    if policies:
        message = "stops notifying whoever looks at an alert; here only an acknowledgement ends paging."
        ledger.whole.note(Code.NOTIFY_POLICY_NOT_IMPORTED, message)
    document = Document(organization=None, users=people.users, working_hours=(), schedules=schedules, policies=policies)
    arrival = ledger.arrival(document, timelines_of(bundle, ledger, people))
    bundle.problems.refuse()
    return arrival
