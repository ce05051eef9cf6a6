"""``Idempotency-Key`` at the real endpoints (contract 1.3; the catalogue's B84 and B85)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.edge.calls import INCIDENTS, POLICIES, POSTS, SCHEDULES, SHOWN_ONCE, call_of
from tests.edge.contents import contents
from tests.factories.accounts import ApiKeyFactory
from tests.fixtures.accounts import ApiClient

pytestmark = pytest.mark.django_db

NAME = {"Idempotency-Key": "alert-1"}


def told(response):
    return response.status_code, response.json().get("code")


def told_again(response, call=None):
    """Return what an answer says; of the first answer to ``call``, without the secret that is shown once."""
    answer = response.json()
    secret = SHOWN_ONCE.get(call.path) if call else None
    return answer if secret is None else {"data": {**answer["data"], secret: None}}


@pytest.mark.parametrize("call", POSTS, ids=str)
def test_a_repeat_gets_the_first_answer_and_changes_nothing(call, api, world):
    named = replace(call, headers=NAME)
    first = named.send(api, world)
    after = contents()
    again = named.send(api, world)

    assert (again.status_code, told_again(again), contents()) == (first.status_code, told_again(first, call), after)
    assert again["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize("call", POSTS, ids=str)
def test_another_body_under_the_same_name_is_refused(call, api, world):
    replace(call, headers=NAME).send(api, world)
    after = contents()
    response = replace(call, headers=NAME).spoiled(id="another").send(api, world)

    assert told(response) == (422, "idempotency_key_reused")
    assert contents() == after


def test_names_count_within_one_route_of_one_organization(api, world):
    calls = [replace(call_of("post", path), headers=NAME) for path in (POLICIES, SCHEDULES, INCIDENTS)]
    stranger = ApiClient(ApiKeyFactory(organization_id=world["foreign_organization_id"]).text)
    foreign = {name.removeprefix("foreign_"): value for name, value in world.items() if name.startswith("foreign_")}
    answers = [
        *(call.send(api, world) for call in calls),
        *(call.send(stranger, foreign) for call in calls),
    ]

    assert [(told(answer), "Idempotent-Replayed" in answer) for answer in answers] == [((201, None), False)] * 6


def test_while_the_first_runs_a_repeat_is_told_so(api, world, hold):
    hold("v1/escalation/policies", "alert-1")
    before = contents()
    response = replace(call_of("post", POLICIES), headers=NAME).send(api, world)

    assert told(response) == (409, "idempotency_in_progress")
    assert contents() == before
