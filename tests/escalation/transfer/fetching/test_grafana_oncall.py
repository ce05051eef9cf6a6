"""What is asked of Grafana OnCall."""

from __future__ import annotations

from functools import partial

import pytest

from tests.standins import grafana_oncall, serving, status


@pytest.fixture
def fetch(fetch):
    return partial(fetch, product="grafana-oncall")


def test_all_that_readers_need_is_asked_for(fetch):
    with serving(grafana_oncall(users=1)) as standin:
        fetched = fetch(standin)
    assert fetched.failed == ""
    assert standin.targets() == [
        "/api/v1/users/",
        "/api/v1/teams/",
        "/api/v1/personal_notification_rules/",
        "/api/v1/schedules/",
        "/api/v1/on_call_shifts/",
        "/api/v1/escalation_chains/",
        "/api/v1/escalation_policies/",
        "/api/v1/routes/",
        "/api/v1/integrations/",
        "/api/v1/shift_swaps/?starting_after=2025-11-26T08%3A00%3A00Z",
        "/api/v1/schedules/S1/final_shifts?start_date=2026-11-25&end_date=2027-05-26",
        "/api/v1/schedules/S2/final_shifts?start_date=2026-11-25&end_date=2027-05-26",
    ]
    assert fetched.pages()[3:] == [
        ("schedules", None),
        ("on_call_shifts", None),
        ("escalation_chains", None),
        ("escalation_policies", None),
        ("routes", None),
        ("integrations", None),
        ("shift_swaps", None),
        ("final_shifts", "S1"),
        ("final_shifts", "S2"),
    ]


def test_links_of_a_server_that_does_not_know_its_name_are_followed_all_the_same(fetch):
    with serving(grafana_oncall(users=5)) as standin:
        fetched = fetch(standin)
    assert [asked.target for asked in standin.asked if asked.path == "/api/v1/users/"] == [
        "/api/v1/users/",
        "/api/v1/users/?page=2",
        "/api/v1/users/?page=3",
    ]
    assert fetched.manifest["counts"]["users"] == 5
    assert fetched.missing == []


def test_no_link_leads_to_another_host(fetch):
    with serving(grafana_oncall()) as elsewhere, serving(grafana_oncall(users=5)) as standin:
        answer = standin.answer

        def astray(asked):
            page = answer(asked)
            return page | {"next": page["next"] and f"{elsewhere.url}{asked.target.split('?')[0]}?page=2"}

        standin.answer = astray
        fetch(standin)
    assert elsewhere.asked == []


@pytest.mark.parametrize(
    "next_link",
    [
        lambda number: "http://x/?page=1",
        lambda number: "http://x/?page=2",
        lambda number: f"http://x/?page={number + 1}",
    ],
    ids=["to itself", "in a circle", "on and on"],
)
@pytest.mark.parametrize("users", [0, 2, 5])
def test_lists_that_never_end_end(fetch, next_link, users):
    with serving(grafana_oncall(users=users)) as standin:
        answer = standin.answer

        def endless(asked):
            if asked.path != "/api/v1/users/":
                return answer(asked)
            number = int(asked.query.get("page", "1"))
            given = min(number, max(1, (users + 1) // 2))  # whatever is asked for behind the end is the last page
            items = [{"id": f"U{item}"} for item in range(users)][(given - 1) * 2 : given * 2]
            return {"count": users, "next": next_link(number), "results": items}

        standin.answer = endless
        fetched = fetch(standin)
    assert fetched.failed == ""
    assert len([asked for asked in standin.asked if asked.path == "/api/v1/users/"]) <= (users + 1) // 2 + 2
    here = fetched.manifest["counts"]["users"]
    assert fetched.missing == (
        [f"Grafana OnCall says that there are {users} users, and gave {here}."] if here < users else []
    )


def test_a_list_that_changes_while_it_goes_in_a_circle_ends(fetch):
    with serving(grafana_oncall()) as standin:
        answer, times = standin.answer, iter(range(100))

        def moving(asked):
            if asked.path != "/api/v1/schedules/":
                return answer(asked)
            return {"next": "http://x/?page=2", "results": [{"id": "S1", "on_call_now": [f"U{next(times)}"]}]}

        standin.answer = moving
        fetched = fetch(standin)
    assert fetched.failed == ""
    assert [asked.target for asked in standin.asked if asked.path == "/api/v1/schedules/"] == [
        "/api/v1/schedules/",
        "/api/v1/schedules/?page=2",
    ]
    assert fetched.pages().count(("final_shifts", "S1")) == 1


def test_a_page_that_is_sent_again_is_not_kept_twice(fetch):
    with serving(grafana_oncall(users=2)) as standin:
        answer = standin.answer
        users = {"count": 2, "next": "http://x/?page=2", "results": [{"id": "U1"}, {"id": "U2"}]}
        standin.answer = lambda asked: users if asked.path == "/api/v1/users/" else answer(asked)
        fetched = fetch(standin)
    assert "Grafana OnCall leads back to users it gave before: taken for the end." in fetched.told
    assert len(fetched.files("users")) == 1
    assert not (fetched.out / "users-2.json").exists()
    assert fetched.missing == []


def test_an_older_version_without_shift_swaps_lacks_nothing(fetch):
    with serving(grafana_oncall()) as standin:
        standin.trouble("/api/v1/shift_swaps/", status(404))
        fetched = fetch(standin)
    assert fetched.failed == ""
    assert "shift_swaps" not in fetched.manifest["counts"]


def test_it_may_live_below_a_path(fetch):
    with serving(grafana_oncall(users=5)) as standin:
        answer = standin.answer
        standin.answer = lambda asked: answer(asked) if asked.path.startswith("/oncall/api/v1/") else 404
        fetched = fetch(standin, base_url=f"{standin.url}/oncall/")
    assert standin.asked[0].path == "/oncall/api/v1/users/"
    assert fetched.failed == ""


def test_the_token_of_a_service_account_comes_with_its_grafana(fetch):
    with serving(grafana_oncall()) as standin:
        fetched = fetch(standin, stack_url="https://acme.grafana.net/")
        plain = fetch(standin, out=fetched.out.with_name("plain"))
    assert standin.asked[0].headers["x-grafana-url"] == "https://acme.grafana.net"
    assert "x-grafana-url" not in standin.asked[-1].headers
    assert (fetched.manifest["account"], plain.manifest["account"]) == ("https://acme.grafana.net", standin.url)


def test_people_in_chats_are_left_out_where_they_are_not_wanted(fetch):
    with serving(grafana_oncall(users=1)) as standin:
        (page,) = fetch(standin, redacted=True).files("users")
    assert b"UX" not in page
    assert b"p0@example.org" in page


def test_where_it_is_has_to_be_said(fetch):
    with serving(grafana_oncall()) as standin:
        failed = fetch(standin, base_url=None).failed
    assert failed == "--base-url: is needed for Grafana OnCall, which is in no one place for everybody."
