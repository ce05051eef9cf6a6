"""What is asked of Opsgenie."""

from __future__ import annotations

from functools import partial

import pytest

from tests.standins import opsgenie, serving, status


@pytest.fixture
def fetch(fetch):
    return partial(fetch, product="opsgenie")


def test_all_that_readers_need_is_asked_for(fetch):
    with serving(opsgenie(users=1)) as standin:
        fetched = fetch(standin)
    assert fetched.failed == ""
    assert standin.targets() == [
        "/v2/users?limit=100&offset=0",
        "/v2/schedules?expand=rotation",
        "/v2/escalations",
        "/v2/teams",
        "/v2/users/u0?expand=contact",
        "/v2/users/u0/notification-rules",
        "/v2/users/u0/forwarding-rules",
        "/v2/schedules/s1/overrides",
        "/v2/schedules/s1/timeline?interval=26&intervalUnit=weeks&date=2026-11-25T08%3A00%3A00Z",
        "/v2/teams/t%201",
        "/v2/teams/t%201/routing-rules",
        "/v2/users/u0/notification-rules/r1/steps",
    ]
    assert fetched.pages() == [
        ("users", None),
        ("schedules", None),
        ("escalations", None),
        ("teams", None),
        ("user", "u0"),
        ("notification-rules", "u0"),
        ("forwarding-rules", "u0"),
        ("overrides", "s1"),
        ("timeline", "s1"),
        ("team", "t 1"),
        ("routing-rules", "t 1"),
        ("steps", "u0/r1"),
    ]


def test_links_are_followed_at_the_address_that_was_given(fetch):
    with serving(opsgenie(users=250)) as standin:
        fetched = fetch(standin)
    assert [asked.query["offset"] for asked in standin.asked if asked.path == "/v2/users"] == ["0", "100", "200"]
    assert fetched.manifest["counts"]["users"] == fetched.manifest["counts"]["user"] == 250
    assert fetched.missing == []


def test_less_than_it_says_there_is_is_told(fetch):
    with serving(opsgenie(users=250)) as standin:
        answer = standin.answer
        standin.answer = lambda asked: answer(asked) | {"paging": None} if asked.path == "/v2/users" else answer(asked)
        fetched = fetch(standin)
    assert fetched.missing == ["Opsgenie says that there are 250 users, and gave 100."]
    assert fetched.manifest["short"] == ["users"]


def test_it_is_left_alone_as_long_as_its_own_header_says(fetch):
    with serving(opsgenie()) as standin:
        headers = {"X_RateLimit_State": "THROTTLED", "X_RateLimit_Period_In_Sec": "7"}
        standin.trouble("/v2/teams", status(429, **headers))
        assert fetch(standin).waits == [7.0]


def test_phone_numbers_are_left_out_where_they_are_not_wanted(fetch):
    with serving(opsgenie(users=1)) as standin:
        fetched = fetch(standin, redacted=True)
    assert all(b"600000001" not in page for kind in ("user", "steps") for page in fetched.files(kind))
    assert b"p0@example.org" in fetched.files("users")[0]


def test_a_user_who_is_deleted_meanwhile_is_left_out(fetch):
    with serving(opsgenie(users=2)) as standin:
        answer = standin.answer
        standin.answer = lambda asked: 404 if asked.path.startswith("/v2/users/u0") else answer(asked)
        fetched = fetch(standin)
    assert fetched.failed == ""
    assert {of for kind, of in fetched.pages() if kind == "user"} == {"u1"}
