"""Parts get their keys, and what blocks them is told under keys of their own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from escalation.transfer.arrival import ALL_OF_A_USER
from escalation.transfer.document import Document, Policy, User
from escalation.transfer.findings import Code, Severity, Subject
from escalation.transfer.foreign.ledger import Blocked, Ledger, usable
from tests.escalation.transfer.documents import PRIMARY
from tests.escalation.transfer.foreign.bundles import bundle

NOTHING = Document(organization=None, users=(), working_hours=(), schedules=(), policies=())


def ledger_of(*objects):
    """Return the ledger of a bundle that holds these objects, and an item of each."""
    made = bundle("pagerduty", ("things", {"things": list(objects)}))
    return Ledger(made), [item for _, item in made.each("things", "things")]


def entered(ledger, items):
    """Enter schedules of the names of items; return the names of those that were."""
    read = lambda item: ledger.part("schedules", "schedule", item, name=item.plain("name"))  # noqa: E731
    return [part.name for part in usable(items, read)]


def found(ledger):
    """Return what was found: the severity, the code, the key and what is now."""
    findings = ledger.arrival(NOTHING, {}).findings
    return [(each.severity.value, each.code.value, each.subject and each.subject.key, each.now) for each in findings]


def test_a_part_is_known_by_its_id_and_its_name():
    ledger, (item,) = ledger_of({"id": "S1", "name": " Checkout primary "})
    assert entered(ledger, [item]) == ["Checkout primary"]
    assert ledger.key("schedules", "S1") == "checkout-primary"
    assert ledger.found("schedules", "S1").path == "things-1.json#/things/0"
    arrival = ledger.arrival(NOTHING, {})
    subject = Subject("schedules", "checkout-primary")
    assert arrival.refs == {subject: ("pagerduty", "acme", "schedule", "S1")}
    assert arrival.paths == {subject: "things-1.json#/things/0"}


def test_what_the_bundle_does_not_hold_has_a_key_that_no_part_has():
    ledger, _ = ledger_of()
    assert ledger.key("schedules", "S9") == "pagerduty:S9"
    assert ledger.found("schedules", "S9") is None


def test_of_two_of_one_name_the_second_is_blocked_and_a_free_name_is_suggested():
    ledger, items = ledger_of({"id": "S1", "name": "Ops"}, {"id": "S2", "name": "OPS "})
    assert entered(ledger, items) == ["Ops"]
    assert found(ledger) == [("blocked", "NAME_COLLISION", "pagerduty:S2", "OPS (S2)")]
    assert ledger.key("schedules", "S2") == "pagerduty:S2"


def test_what_two_pages_hold_is_one_thing():
    ledger, items = ledger_of({"id": "S1", "name": "Ops"}, {"id": "S1", "name": "Ops"})
    assert entered(ledger, items) == ["Ops"]
    assert found(ledger) == []


def test_names_too_long_are_cut_and_those_that_cannot_be_seen_are_the_id():
    ledger, items = ledger_of(
        {"id": "S1", "name": "x" * 300}, {"id": "S2", "name": "\u200b"}, {"id": "S3", "name": "a\tb"}
    )
    assert entered(ledger, items) == ["x" * 255, "S2", "a b"]
    assert [(*each[:2], each[3][:4]) for each in found(ledger)] == [
        ("lossy", "NAME_TRUNCATED", "xxxx"),
        ("lossy", "NAME_TRUNCATED", "S2"),
    ]


def test_names_that_differ_in_what_is_cut_off_collide_and_the_suggestion_fits():
    ledger, items = ledger_of({"id": "S1", "name": "x" * 300}, {"id": "S2", "name": "x" * 301})
    entered(ledger, items)
    suggested = found(ledger)[-1][-1]
    assert len(suggested) == 255
    assert suggested.endswith("x (S2)")


def test_people_are_known_by_their_address_and_blocked_without_one_or_with_anothers():
    ledger, items = ledger_of(
        {"id": "U1", "email": "Ana@Example.org"},
        {"id": "U2", "email": ""},
        {"id": "U3", "email": "ana@example.org"},
        {"id": "U4", "email": "no address"},
    )
    read = lambda item: ledger.user("user", item, email=item.plain("email"), name="Somebody")  # noqa: E731
    assert [part.name for part in usable(items, read)] == ["Ana@Example.org"]
    assert ledger.key("users", "U1") == "ana@example.org"
    assert found(ledger) == [
        ("blocked", "USER_UNMATCHED", "pagerduty:U2", None),
        ("blocked", "NAME_COLLISION", "pagerduty:U3", None),
        ("blocked", "USER_UNMATCHED", "pagerduty:U4", None),
    ]


def test_a_part_goes_on_until_it_is_checked():
    ledger, (item,) = ledger_of({"id": "S1", "name": "Ops"})
    part = ledger.part("schedules", "schedule", item, name="Ops")
    part.note(Code.DST_DIFFERENCE, "differs.", path="there")
    part.lossy(Code.ROUND_ROBIN_DROPPED, "differs.")
    part.check()
    with pytest.raises(Blocked):
        part.block(Code.ROTATION_SUBDAY, "is short.")
    with pytest.raises(Blocked):
        part.check()
    assert [each.path for each in part.findings] == ["there", item.path, item.path]
    assert [each.severity for each in part.findings] == [Severity.NOTE, Severity.LOSSY, Severity.BLOCKED]


def test_what_no_product_says_is_kept_as_it_is_here():
    ledger, _ = ledger_of()
    ana = User(key="ana", email="ana@example.org", first_name="Ana", last_name="", active=True)
    ops = Policy(key="ops", name="Ops", description=None, repeat_count=0, repage_after_ack_minutes=None, layers=())
    gone = replace(ana, key="bob", last_name="Ruiz", active=False)
    document = replace(NOTHING, users=(ana, gone), schedules=(PRIMARY,), policies=(ops,))
    assert ledger.arrival(document, {}).unsaid == {
        Subject("policies", "ops"): {"condition", "repage_after_ack_minutes"},
        Subject("users", "ana"): ALL_OF_A_USER,
        Subject("users", "bob"): ALL_OF_A_USER,
    }
    unsaid = ledger.arrival(document, {}, has_descriptions=False).unsaid
    assert unsaid[Subject("policies", "ops")] == {"condition", "description", "repage_after_ack_minutes"}
    assert unsaid[Subject("schedules", PRIMARY.key)] == {"description"}


def test_lists_that_are_not_whole_are_told():
    made = bundle("pagerduty", short=["users"])
    (finding,) = Ledger(made).arrival(NOTHING, {}).findings
    assert (finding.severity, finding.code, finding.was) == ("lossy", Code.TARGET_UNRESOLVED, ["users"])


def test_what_is_about_the_whole_comes_first_and_has_no_subject():
    ledger, items = ledger_of({"id": "S1", "name": "x" * 256})
    entered(ledger, items)
    ledger.whole.note(Code.SERVICE_SETTING_NOT_IMPORTED, "has roles.")
    assert [each.subject for each in ledger.arrival(NOTHING, {}).findings][:1] == [None]
    assert ledger.whole.key == ""


def test_a_person_may_be_entered_by_another_id_than_theirs():
    ledger, (item,) = ledger_of({"accountId": "A7", "email": "ana@example.org"})
    ledger.user("user", item, email=item.plain("email"), name="Ana", identifier="A7")
    assert ledger.key("users", "A7") == "ana@example.org"
