"""Where policies and schedules reach nobody, and where that is on purpose."""

from __future__ import annotations

from datetime import timedelta

import pytest

from escalation.api.views import coverage as views
from escalation.domain import coverage as domain
from escalation.models import IntendedGap, Policy, Schedule
from tests.escalation.api.conftest import policy_path, schedule_path
from tests.escalation.oncall.weeks import WEEK_2
from tests.factories.accounts import ApiKeyFactory, ContactMethodFactory, MembershipFactory
from tests.factories.escalation import (
    IntendedGapFactory,
    LayerFactory,
    PolicyFactory,
    RotationFactory,
    ScheduleFactory,
    WorkingHoursFactory,
)
from tests.fixtures.accounts import ApiClient

pytestmark = pytest.mark.django_db

# A Wednesday, 09:00 in Berlin; the clocks go forward on Sunday 29 March.
AT = WEEK_2
WORKDAYS = [{"days": [1, 2, 3, 4, 5], "start": "08:00", "end": "18:00"}]
SUNDAYS = [{"days": [7], "start": "00:00", "end": "00:00"}]


@pytest.fixture(autouse=True)
def _at_week_2(monkeypatch):
    monkeypatch.setattr(views, "now", lambda: AT)


@pytest.fixture
def office(organization, member):
    """A schedule with somebody on workdays from 8 to 18."""
    schedule = ScheduleFactory(organization=organization)
    RotationFactory(schedule=schedule, people=[member], restrictions=WORKDAYS)
    ContactMethodFactory(membership=member)
    return schedule


@pytest.fixture
def layer(policy, office):
    return LayerFactory(policy=policy, schedule=office)


def told(api, path, days=None):
    response = api.get(f"{path}/coverage", {} if days is None else {"days": days})
    assert response.status_code == 200, response.content
    return response.json()["data"]


def gap(since, until, layer=None):
    return {
        "from": since,
        "to": until,
        "layerId": None if layer is None else str(layer.pk),
        "position": None if layer is None else layer.position,
    }


NIGHT = ("2026-03-25T17:00:00.000Z", "2026-03-26T07:00:00.000Z")


def test_the_gaps_of_a_policy_are_those_of_its_layers_and_of_the_whole(api, policy, layer):
    assert told(api, policy_path(policy), days=1) == {
        "policyId": str(policy.pk),
        "scheduleId": None,
        "from": "2026-03-25T08:00:00.000Z",
        "to": "2026-03-26T08:00:00.000Z",
        "gaps": [gap(*NIGHT), gap(*NIGHT, layer)],
        "intended": [],
        "people": [],
    }


def test_the_gaps_of_a_schedule_follow_the_clocks(api, office):
    body = told(api, schedule_path(office), days=6)

    assert (body["policyId"], body["scheduleId"]) == (None, str(office.pk))
    # Over the weekend the clocks go forward, so Monday begins an hour earlier.
    assert body["gaps"][-3:-1] == [
        gap("2026-03-26T17:00:00.000Z", "2026-03-27T07:00:00.000Z"),
        gap("2026-03-27T17:00:00.000Z", "2026-03-30T06:00:00.000Z"),
    ]


def test_without_days_it_is_fourteen(api, policy):
    body = told(api, policy_path(policy))

    assert (body["from"], body["to"]) == ("2026-03-25T08:00:00.000Z", "2026-04-08T08:00:00.000Z")
    assert body["gaps"] == [gap(body["from"], body["to"])]


@pytest.mark.parametrize("days", ["0", "91", "-1", "1.5", "x", ""])
@pytest.mark.parametrize("path", ["policy", "schedule"])
def test_days_out_of_bounds_are_refused(api, policy, office, days, path):
    place = policy_path(policy) if path == "policy" else schedule_path(office)
    response = api.get(f"{place}/coverage", {"days": days})

    assert response.status_code == 422
    assert [error["field"] for error in response.json()["errors"]] == ["days"]


@pytest.mark.parametrize("days", [1, 90])
def test_the_bounds_of_days_are_accepted(api, policy, days):
    told(api, policy_path(policy), days=days)


def test_what_would_take_too_long_is_refused(api, office, monkeypatch):
    monkeypatch.setattr(domain, "MOST_QUESTIONS", 3)
    response = api.get(f"{schedule_path(office)}/coverage", {"days": 90})

    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, "days")


def test_working_hours_count(api, organization, policy, layer):
    """Where hours leave every layer out, the last is asked all the same."""
    hours = WorkingHoursFactory(organization=organization)
    layer.working_hours, layer.condition = hours, "during"
    layer.save()

    assert told(api, policy_path(policy), days=1)["gaps"] == [gap(*NIGHT)]


def test_people_who_are_hard_to_reach_are_told(api, organization, policy, layer, member):
    away = MembershipFactory(organization=organization, is_active=False)
    mail_only = MembershipFactory(organization=organization)
    LayerFactory(policy=policy, people=[away, mail_only, member])
    RotationFactory(schedule=layer.schedule, people=[mail_only])

    every = ["critical", "high", "medium", "low"]
    assert told(api, policy_path(policy))["people"] == [
        {"userId": mail_only.user_id, "problem": "email_only", "severities": every, "positions": [1, 2]},
        {"userId": away.user_id, "problem": "inactive", "severities": every, "positions": [2]},
    ]
    assert [(one["userId"], one["positions"]) for one in told(api, schedule_path(layer.schedule))["people"]] == [
        (mail_only.user_id, [1])
    ]


def test_a_method_counts_once_it_is_verified(api, policy, organization):
    person = MembershipFactory(organization=organization)
    LayerFactory(policy=policy, people=[person])
    method = ContactMethodFactory(membership=person, verified_at=None)
    assert [one["problem"] for one in told(api, policy_path(policy))["people"]] == ["email_only"]

    method.verified_at = AT
    method.save()
    assert told(api, policy_path(policy))["people"] == []


def test_a_key_that_reads_may_ask_and_one_that_triggers_may_not(organization, policy, office):
    for scope, status in (("read", 200), ("trigger", 403)):
        client = ApiClient(ApiKeyFactory(organization=organization, scope=scope).text)
        for path in (policy_path(policy), schedule_path(office)):
            assert client.get(f"{path}/coverage").status_code == status
            assert client.get(f"{path}/coverage/intended-gaps").status_code == status


@pytest.mark.parametrize("size", [1, 4])
def test_the_cost_in_statements_does_not_grow(api, organization, policy, size, django_assert_num_queries):
    for _ in range(size):
        people = MembershipFactory.create_batch(size, organization=organization)
        schedule = ScheduleFactory(organization=organization)
        for _ in range(size):
            RotationFactory(schedule=schedule, people=people)
        hours = WorkingHoursFactory(organization=organization)
        LayerFactory(policy=policy, schedule=schedule, working_hours=hours)
        LayerFactory(policy=policy, people=people)
        IntendedGapFactory(policy=policy)
        IntendedGapFactory(schedule=schedule)
    api.get(policy_path(policy))  # notes of the key that it was used

    # The key; then plan, schedules, hours, people and declarations.
    with django_assert_num_queries(6):
        told(api, policy_path(policy))
    with django_assert_num_queries(4):
        told(api, schedule_path(schedule))


# What is on purpose


def _declare(api, path, **fields):
    response = api.post(f"{path}/coverage/intended-gaps", {"reason": "Nobody on Sundays", **fields})
    assert response.status_code == 201, response.content
    return response.json()["data"]


def test_a_gap_of_a_layer_is_declared(api, api_key, policy, layer):
    body = _declare(
        api,
        policy_path(policy),
        layerId=str(layer.pk),
        timezone="Europe/Berlin",
        windows=SUNDAYS,
        startsAt="2026-03-01T00:00:00Z",
        endsAt=None,
    )

    assert body == {
        "id": str(IntendedGap.objects.get().pk),
        "orgId": policy.organization_id,
        "policyId": str(policy.pk),
        "scheduleId": None,
        "layerId": str(layer.pk),
        "reason": "Nobody on Sundays",
        "timezone": "Europe/Berlin",
        "windows": SUNDAYS,
        "startsAt": "2026-03-01T00:00:00.000Z",
        "endsAt": None,
        "createdBy": api_key.id,
        "createdAt": "2026-03-25T08:00:00.000Z",
    }
    assert api.get(f"{policy_path(policy)}/coverage/intended-gaps").json() == {"data": [body]}


def test_a_declared_gap_is_told_apart_with_its_reason(api, policy, layer):
    declared = _declare(api, policy_path(policy), layerId=str(layer.pk), timezone="Europe/Berlin", windows=SUNDAYS)
    body = told(api, policy_path(policy), days=6)

    assert body["intended"] == [
        {
            # 23 hours.
            **gap("2026-03-28T23:00:00.000Z", "2026-03-29T22:00:00.000Z", layer),
            "intendedGapIds": [declared["id"]],
            "reasons": ["Nobody on Sundays"],
        }
    ]
    of_layer = [one for one in body["gaps"] if one["position"] == 1]
    assert of_layer[2:4] == [
        gap("2026-03-27T17:00:00.000Z", "2026-03-28T23:00:00.000Z", layer),
        gap("2026-03-29T22:00:00.000Z", "2026-03-30T06:00:00.000Z", layer),
    ]


def test_a_gap_of_a_schedule_is_declared_for_the_layers_that_target_it_too(api, policy, layer, office):
    body = _declare(api, schedule_path(office))

    assert (body["policyId"], body["scheduleId"], body["windows"], body["timezone"]) == (None, str(office.pk), [], None)
    assert told(api, schedule_path(office))["gaps"] == []
    assert {one["position"] for one in told(api, policy_path(policy))["gaps"]} == {None}
    assert api.get(f"{schedule_path(office)}/coverage/intended-gaps").json() == {"data": [body]}


def test_taken_back_it_is_a_gap_again(api, policy, layer, office):
    for path in (policy_path(policy), schedule_path(office)):
        declared = f"{path}/coverage/intended-gaps/{_declare(api, path)['id']}"
        assert told(api, path)["gaps"] == []

        response = api.delete(declared)
        assert (response.status_code, response.json()) == (200, {"success": True})
        assert told(api, path)["gaps"] != []
        assert api.delete(declared).status_code == 404


def test_a_declaration_of_one_is_none_of_another(api, organization, policy, office):
    other = PolicyFactory(organization=organization)
    of_policy, of_schedule = IntendedGapFactory(policy=policy), IntendedGapFactory(schedule=office)

    for path, foreign in ((policy_path(other), of_policy), (policy_path(policy), of_schedule)):
        assert api.delete(f"{path}/coverage/intended-gaps/{foreign.pk}").status_code == 404
    assert api.get(f"{policy_path(other)}/coverage/intended-gaps").json() == {"data": []}


def test_declaring_is_no_change_of_the_policy_or_the_schedule(api, policy, office):
    for path in (policy_path(policy), schedule_path(office)):
        before = api.get(path).headers["ETag"]
        _declare(api, path)
        assert api.get(path).headers["ETag"] == before


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"reason": ""}, "reason"),
        ({"reason": "  "}, "reason"),
        ({"reason": "x" * 1001}, "reason"),
        ({"windows": SUNDAYS}, "timezone"),
        ({"windows": SUNDAYS, "timezone": "Mars/Base"}, "timezone"),
        ({"timezone": "EST5"}, "timezone"),
        ({"windows": SUNDAYS * 2, "timezone": "UTC"}, "windows.1"),
        ({"startsAt": "2026-04-01T00:00:00Z", "endsAt": "2026-04-01T00:00:00Z"}, "endsAt"),
        ({"layerId": "018f3c20-1111-7222-8333-444455556666"}, "layerId"),
        ({"layers": []}, "layers"),
    ],
)
def test_what_cannot_be_is_refused(api, policy, fields, named):
    response = api.post(f"{policy_path(policy)}/coverage/intended-gaps", {"reason": "On purpose", **fields})

    assert response.status_code == 422
    assert [error["field"] for error in response.json()["errors"]] == [named]
    assert not IntendedGap.objects.exists()


def test_a_layer_of_another_policy_is_refused(api, organization, policy):
    foreign = LayerFactory(policy__organization=organization)
    response = api.post(f"{policy_path(policy)}/coverage/intended-gaps", {"reason": "x", "layerId": str(foreign.pk)})

    assert response.status_code == 422


def test_there_are_at_most_fifty(api, policy):
    IntendedGapFactory.create_batch(50, policy=policy)
    response = api.post(f"{policy_path(policy)}/coverage/intended-gaps", {"reason": "One more"})

    assert response.status_code == 422
    assert IntendedGap.objects.count() == 50


def test_with_what_it_is_about_a_declaration_goes(api, policy, layer, office):
    IntendedGapFactory(policy=policy, layer=layer)
    kept = IntendedGapFactory(policy=policy)
    assert api.delete(f"{policy_path(policy)}/layers/{layer.pk}").status_code == 200
    assert list(IntendedGap.objects.all()) == [kept]

    IntendedGapFactory(schedule=office)
    assert api.delete(policy_path(policy)).status_code == 200
    assert api.delete(schedule_path(office)).status_code == 200
    assert [model.objects.count() for model in (IntendedGap, Policy, Schedule)] == [0, 0, 0]


def test_a_layer_that_moves_keeps_what_is_declared_for_it(api, policy, layer):
    IntendedGapFactory(policy=policy, layer=layer)
    other = LayerFactory(policy=policy, schedule=layer.schedule)
    order = {"layerIds": [str(other.pk), str(layer.pk)]}
    assert api.put(f"{policy_path(policy)}/layers/order", order).status_code == 200

    assert {one["position"] for one in told(api, policy_path(policy))["intended"]} == {2}


def test_a_declaration_that_is_over_declares_nothing(api, office):
    IntendedGapFactory(schedule=office, starts_at=AT - timedelta(days=9), ends_at=AT)

    assert told(api, schedule_path(office))["intended"] == []
