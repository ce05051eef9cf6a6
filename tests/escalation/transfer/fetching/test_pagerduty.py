"""What is asked of PagerDuty."""

from __future__ import annotations

from escalation.transfer.foreign.bundle import read_bundle
from escalation.transfer.reading.sources import Source
from tests.standins import pagerduty, serving

SPAN = "since=2026-11-25T08%3A00%3A00Z&until=2027-05-26T08%3A00%3A00Z"
YEAR = "since=2026-11-25T08%3A00%3A00Z&until=2027-11-24T08%3A00%3A00Z"
INCLUDED = "include%5B%5D=contact_methods&include%5B%5D=notification_rules&include%5B%5D=teams"


def test_all_that_readers_need_is_asked_for(fetch):
    with serving(pagerduty(schedules=1)) as standin:
        fetched = fetch(standin)
    assert standin.targets() == [
        f"/users?{INCLUDED}&limit=100&offset=0",
        "/schedules?limit=100&offset=0",
        "/escalation_policies?limit=100&offset=0",
        "/services?limit=100&offset=0",
        "/v3/schedules?limit=100&offset=0",
        f"/schedules/PS0?{SPAN}&time_zone=UTC",
        f"/schedules/PS0/overrides?{YEAR}",
        f"/v3/schedules/PV1?include%5B%5D=final_schedule&{SPAN}&time_zone=UTC",
        f"/v3/schedules/PV1/overrides?{YEAR}&limit=100&offset=0",
        f"/v3/schedules/PV1/custom_shifts?{YEAR}&limit=100&offset=0",
    ]
    assert fetched.pages() == [
        ("users", None),
        ("schedules", None),
        ("escalation_policies", None),
        ("services", None),
        ("schedules_v3", None),
        ("schedule", "PS0"),
        ("overrides", "PS0"),
        ("schedule_v3", "PV1"),
        ("overrides_v3", "PV1"),
        ("custom_shifts_v3", "PV1"),
    ]
    assert standin.asked[0].headers["accept"] == "application/vnd.pagerduty+json;version=2"


def test_lists_are_read_to_their_end(fetch):
    with serving(pagerduty(users=250)) as standin:
        fetched = fetch(standin)
    offsets = [asked.query["offset"] for asked in standin.asked if asked.path == "/users"]
    assert offsets == ["0", "100", "200"]
    assert fetched.manifest["counts"]["users"] == 250
    assert fetched.manifest["short"] == fetched.missing == []


def test_an_account_without_shifts_lacks_nothing(fetch):
    with serving(pagerduty(v3=False)) as standin:
        fetched = fetch(standin)
    assert fetched.failed == ""
    assert "PagerDuty has no schedules_v3, page 1 (404)." in fetched.told
    assert {kind for kind, _ in fetched.pages()}.isdisjoint({"schedules_v3", "schedule_v3"})


def test_a_schedule_that_is_deleted_meanwhile_is_left_out(fetch):
    with serving(pagerduty(schedules=2, v3=False)) as standin:
        answer = standin.answer
        standin.answer = lambda asked: 404 if asked.path.startswith("/schedules/PS0") else answer(asked)
        fetched = fetch(standin)
    assert fetched.failed == ""
    assert [of for kind, of in fetched.pages() if kind == "schedule"] == ["PS1"]


def test_more_than_pagerduty_gives_is_told_plainly(fetch):
    with serving(pagerduty(users=10_050, schedules=0, v3=False)) as standin:
        fetched = fetch(standin)
    assert [asked.query["offset"] for asked in standin.asked if asked.path == "/users"][-1] == "9900"
    assert fetched.missing == ["PagerDuty gives 10000 users at most, and has more: the others are missing."]
    assert fetched.manifest["short"] == ["users"]
    bundle = read_bundle([Source(file.name, file.read_bytes()) for file in fetched.out.iterdir()])
    assert (bundle.short, bundle.weeks) == (("users",), 26)


def test_phone_numbers_are_left_out_where_they_are_not_wanted(fetch):
    with serving(pagerduty(users=2)) as standin:
        (page,) = fetch(standin, redacted=True).files("users")
    assert b"555" not in page
    assert b'"address": ""' in page
    assert b"p1@example.org" in page
    assert "P\u00e9rson 1".encode() in page
