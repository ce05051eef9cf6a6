"""What is asked of GoAlert."""

from __future__ import annotations

import json
import re
from functools import partial

import pytest

from escalation.transfer.fetching.goalert_queries import QUERIES
from tests.standins import goalert, serving, status


@pytest.fixture
def fetch(fetch):
    return partial(fetch, product="goalert")


def bodies(standin):
    return [json.loads(asked.body) for asked in standin.asked]


def test_all_that_readers_need_is_asked_for(fetch):
    with serving(goalert(users=1)) as standin:
        fetched = fetch(standin, weeks=10)
    assert fetched.failed == ""
    assert {asked.target for asked in standin.asked} == {"/api/graphql"}
    assert standin.asked[0].headers["content-type"] == "application/json"
    assert [(body["operationName"], body["variables"]) for body in bodies(standin)] == [
        ("Users", {"after": ""}),
        ("Rotations", {"after": ""}),
        ("Schedules", {"after": ""}),
        ("EscalationPolicies", {"after": ""}),
        ("UserOverrides", {"after": "", "start": "2026-11-25T08:00:00Z"}),
        ("Shifts", {"id": "s0", "start": "2026-11-25T08:00:00Z", "end": "2027-01-13T08:00:00Z"}),
        ("Shifts", {"id": "s0", "start": "2027-01-13T08:00:00Z", "end": "2027-02-03T08:00:00Z"}),
    ]
    assert fetched.pages() == [
        ("users", None),
        ("rotations", None),
        ("schedules", None),
        ("escalationPolicies", None),
        ("userOverrides", None),
        ("shifts", "s0"),
        ("shifts", "s0"),
    ]


def test_cursors_are_followed(fetch):
    with serving(goalert(users=5)) as standin:
        fetched = fetch(standin)
    cursors = [body["variables"]["after"] for body in bodies(standin) if body["operationName"] == "Users"]
    assert cursors == ["", "2", "4"]
    assert fetched.manifest["counts"]["users"] == 5


def test_a_cursor_that_goes_in_a_circle_is_not_followed(fetch):
    with serving(goalert(users=5)) as standin:
        answer = standin.answer

        def circle(asked):
            page = answer(asked)
            if "users" in page["data"]:
                page["data"]["users"]["pageInfo"] = {"endCursor": "2", "hasNextPage": True}
            return page

        standin.answer = circle
        fetched = fetch(standin)
    assert fetched.failed == ""
    assert "leads back to users it gave before" in fetched.told


@pytest.mark.parametrize("age", list(QUERIES))
def test_a_key_serves_the_query_that_it_was_made_with(fetch, age):
    def knows(query):
        return None if query == QUERIES[age] else "wrong query for API key"

    with serving(goalert(knows=knows)) as standin:
        fetched = fetch(standin)
    assert fetched.failed == ""
    assert {body["query"] for body in bodies(standin)[4:]} == {QUERIES[age]}  # and it is remembered


def test_newer_versions_take_no_query_for_that_of_the_key(fetch):
    with serving(goalert(knows=lambda query: "wrong query for API key" if query else None)) as standin:
        assert fetch(standin).failed == ""


def test_a_schema_that_knows_less_is_asked_for_less(fetch):
    with serving(goalert()) as standin:
        answer = standin.answer
        standin.answer = lambda asked: (
            422 if json.loads(asked.body)["query"] in ("", QUERIES["newest"]) else answer(asked)
        )
        fetched = fetch(standin)
    assert fetched.failed == ""


def test_a_key_for_something_else_is_told_with_what_to_do(fetch):
    with serving(goalert(knows=lambda query: "wrong query for API key")) as standin:
        fetched = fetch(standin)
    assert fetched.failed == (
        "users, page 1: GoAlert says: wrong query for API key. A key serves one query: make one with the text that "
        "`fetch_from goalert --show-queries` prints."
    )
    assert list(fetched.out.iterdir()) == []


def test_a_key_that_is_none_ends_it_at_once(fetch):
    with serving(goalert()) as standin:
        fetched = fetch(standin, token="other")
    assert "GoAlert does not accept the token (401)" in fetched.failed
    assert len(standin.asked) == 1


def test_a_schedule_that_is_deleted_meanwhile_is_empty(fetch):
    with serving(goalert()) as standin:
        answer = standin.answer
        gone = {"data": {"schedule": None}}
        standin.answer = lambda asked: gone if b'"Shifts"' in asked.body else answer(asked)
        assert fetch(standin).failed == ""


def test_it_is_left_alone_as_long_as_it_says(fetch):
    with serving(goalert()) as standin:
        standin.trouble("/api/graphql", status(429, Retry_After="9"))
        assert fetch(standin).waits == [9.0]


def test_phone_numbers_are_left_out_where_they_are_not_wanted(fetch):
    with serving(goalert(users=1)) as standin:
        (page,) = fetch(standin, redacted=True).files("users")
    assert b"600000001" not in page
    assert b"builtin-twilio-sms" in page
    assert b"p0@example.org" in page


@pytest.mark.parametrize("age", list(QUERIES))
def test_queries_are_balanced_and_ask_for_every_operation(age):
    text = QUERIES[age]
    assert re.findall(r"^query (\w+)", text, re.MULTILINE) == [
        "Users",
        "Rotations",
        "Schedules",
        "EscalationPolicies",
        "UserOverrides",
        "Shifts",
    ]
    for opening, closing in ("{}", "()"):
        assert text.count(opening) == text.count(closing)
    assert text == text.strip()
    assert ("multiAck" in text, "actions" in text, "targets { id" in text) == {
        "newest": (True, True, False),
        "older": (False, True, False),
        "oldest": (False, False, True),
    }[age]
