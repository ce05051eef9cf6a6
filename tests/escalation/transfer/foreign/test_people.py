"""Whoever is gone keeps the turns, by whatever address is known of them."""

from __future__ import annotations

from escalation.transfer.document import User
from escalation.transfer.findings import Code
from escalation.transfer.foreign.items import Item
from escalation.transfer.foreign.ledger import Ledger
from escalation.transfer.foreign.people import People
from tests.escalation.transfer.foreign.bundles import bundle


def people_of():
    """Return people, among whom is Ana, the part that names them, and an item."""
    made = bundle("opsgenie", ("things", {"id": "U1"}))
    ledger = Ledger(made)
    item = Item(made.contents[0].content, made.problems)
    people = People(ledger, "opsgenie")
    ana = ledger.user("user", item, email="ana@example.org", name="Ana")
    people.add(User(key=ana.key, email=ana.name, first_name="Ana", last_name="", active=True))
    return people, ledger.whole, item


def test_who_is_gone_is_kept_by_the_address_or_by_one_that_no_mail_reaches():
    people, part, item = people_of()
    assert people.serving(part, item, "U9", email="eve@example.org") == "eve@example.org"
    assert people.serving(part, item, "U8", "Flo Gray") == "u8@opsgenie.invalid"
    assert [(each.email, each.first_name, each.active) for each in people.users][1:] == [
        ("eve@example.org", "", False),
        ("u8@opsgenie.invalid", "Flo", False),
    ]


def test_that_is_told_once_of_each_part():
    people, part, item = people_of()
    for _ in range(2):
        people.serving(part, item, "U1")
        people.serving(part, item, "U9")
    assert [each.code for each in part.findings] == [Code.USER_MISSING_IN_ROTATION]


def test_who_is_not_paged_is_known():
    people, part, item = people_of()
    gone = people.serving(part, item, "U9")
    assert (people.is_inactive(gone), people.is_inactive("ana@example.org"), people.is_inactive("nobody")) == (
        True,
        False,
        False,
    )
