"""POST …/unacknowledge, …/escalate, …/snooze, …/apply-plan and …/resolve (contract section 6, "Commands")."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from escalation.models import Layer, LayerUser
from escalation.services import delete_policy
from incidents.models import Delivery, Escalation, Firing, Incident, ScheduleUse, Strike, TimelineEvent
from tests.factories.accounts import MembershipFactory
from tests.factories.escalation import LayerFactory
from tests.factories.incidents import FiringFactory
from tests.incidents.running import START, deliveries, make_policy, minutes, reload, run, told, trigger

pytestmark = pytest.mark.django_db

UNTIL = "2026-11-23T04:00:00.000Z"
MOVING = ["escalate", "snooze", "apply-plan"]
EACH_MOVING = pytest.mark.parametrize("command", MOVING)


@pytest.fixture
def escalation(organization, ada, bob):
    """An incident that has paged Ada and will page Bob."""
    return trigger(organization, make_policy(organization, [ada], [bob]))


def tell(client, escalation, command, **body):
    fields = {"until": UNTIL, **body} if command == "snooze" else body
    return client.post(f"/v1/incidents/{escalation.pk}/{command}", fields)


def shown(response):
    assert response.status_code == 200, response.content
    return response.json()["data"]["escalation"]


def refusal(response):
    return response.status_code, response.json()["code"]


def snapshot():
    """Return everything a command could have changed."""
    models = (Incident, Escalation, Firing, Delivery, ScheduleUse, TimelineEvent)
    return [list(model.objects.order_by("pk").values()) for model in models]


class TestUnacknowledge:
    def test_pages_the_layer_again_and_answers_with_the_incident(self, api, escalation, at):
        tell(api, escalation, "acknowledge")
        at(minutes(2))
        answer = tell(api, escalation, "unacknowledge")
        assert list(answer.json()["data"])[-3:] == ["number", "dedupKey", "escalation"]
        assert shown(answer) == {
            "state": "paging",
            "pass": 1,
            "position": 1,
            "firing": 2,
            "dueAt": "2026-11-23T03:07:00.000Z",
            "holderId": None,
            "acknowledgedBy": None,
            "acknowledgedAt": None,
        }
        assert deliveries(escalation) == [("ada@example.org", "cancelled"), ("ada@example.org", "pending")]

    def test_is_refused_where_nobody_acknowledged(self, api, escalation):
        before = snapshot()
        assert refusal(tell(api, escalation, "unacknowledge")) == (400, "not_acknowledged")
        assert snapshot() == before

    def test_needs_no_body_and_takes_no_field(self, api, escalation):
        tell(api, escalation, "acknowledge")
        assert refusal(tell(api, escalation, "unacknowledge", firing=1)) == (422, "validation_error")
        assert api.generic("POST", f"/v1/incidents/{escalation.pk}/unacknowledge", b"", "").status_code == 200


class TestEscalate:
    def test_pages_the_next_layer_and_tells_who_asked(self, api, api_key, escalation):
        assert (shown(tell(api, escalation, "escalate"))["position"], deliveries(escalation)) == (
            2,
            [("ada@example.org", "pending"), ("bob@example.org", "pending")],
        )
        assert TimelineEvent.objects.get(type="escalated_by_hand").actor_id == api_key.pk
        assert Firing.objects.get(number=2).cause == "escalate"

    def test_past_the_end_pages_the_fallback(self, api, escalation):
        tell(api, escalation, "escalate")
        assert shown(tell(api, escalation, "escalate"))["state"] == "exhausted"

    def test_needs_no_body(self, api, escalation):
        assert api.generic("POST", f"/v1/incidents/{escalation.pk}/escalate", b"", "").status_code == 200

    @pytest.mark.parametrize("cause", ["layer", "repeat", "escalate"])
    def test_no_layer_is_called_by_hand_and_by_time_in_one_pass(self, api, escalation, cause):
        tell(api, escalation, "escalate")
        by_hand = Firing.objects.get(number=2)
        with pytest.raises(IntegrityError, match="incidents_firing_layer_once_a_pass"), transaction.atomic():
            FiringFactory(escalation=reload(escalation), number=3, cause=cause, position=by_hand.position)


class TestSnooze:
    def test_is_quiet_until_then(self, api, escalation):
        run(START)
        answer = shown(tell(api, escalation, "snooze"))
        assert (answer["state"], answer["dueAt"], answer["firing"]) == ("snoozed", UNTIL, 1)
        assert run(minutes(59)) == []
        assert run(minutes(60)) == ["ada@example.org"]
        assert told(escalation)[-2:] == ["snooze_ended", "notification_sent"]

    @pytest.mark.parametrize(
        "until", ["2026-11-23T03:00:00.000Z", "2026-11-23T02:59:59.999Z", "2026-11-23", "soon", 5, None, True]
    )
    def test_ends_in_the_future_or_is_refused(self, api, escalation, until):
        before = snapshot()
        answer = tell(api, escalation, "snooze", until=until)
        assert refusal(answer) == (422, "validation_error")
        assert [error["field"] for error in answer.json()["errors"]] == ["until"]
        assert snapshot() == before

    def test_does_not_end_by_itself_without_a_time(self, api, escalation):
        answer = api.post(f"/v1/incidents/{escalation.pk}/snooze", {})
        assert [error["field"] for error in answer.json()["errors"]] == ["until"]


class TestApplyPlan:
    def test_takes_the_policy_as_it_is_now(self, api, organization, escalation, ada):
        cyd = MembershipFactory(organization=organization, user__email="cyd@example.org")
        run(START)
        LayerUser.objects.filter(layer__position=2).update(membership=cyd)
        before = shown(api.get(f"/v1/incidents/{escalation.pk}"))
        after = shown(tell(api, escalation, "apply-plan"))
        assert after == before | {"pass": 2}
        assert run(minutes(5)) == ["cyd@example.org"]
        assert "layer_timed_out" in told(escalation)  # what was handed over before the plan was applied still counts
        assert Firing.objects.get(number=2).cause == "layer"

    def test_tells_which_version_of_the_policy(self, api, api_key, escalation):
        tell(api, escalation, "apply-plan")
        event = TimelineEvent.objects.get(type="plan_applied")
        assert (event.actor_id, event.position, event.details) == (
            api_key.pk,
            1,
            {"pass": 2, "policyVersion": 1, "layers": 2},
        )

    def test_starts_anew_with_the_new_people_once_everybody_was_paged(self, api, organization, escalation):
        for minute in (0, 5, 10):
            run(minutes(minute))
        cyd = MembershipFactory(organization=organization, user__email="cyd@example.org")
        LayerUser.objects.filter(layer__position=1).update(membership=cyd)
        answer = shown(tell(api, escalation, "apply-plan"))
        assert (answer["state"], answer["pass"], answer["position"]) == ("paging", 2, 1)
        assert run(minutes(11)) == ["cyd@example.org"]

    def test_holds_the_schedules_of_the_new_plan_and_lets_go_of_those_of_the_old(self, api, organization):
        layer = LayerFactory(policy__organization=organization)
        old = layer.schedule_id
        escalation = trigger(organization, layer.policy)
        other = LayerFactory(policy=layer.policy, position=2)
        Layer.objects.filter(pk=layer.pk).delete()
        for _ in range(2):
            tell(api, escalation, "apply-plan")
            assert [use.schedule_id for use in ScheduleUse.objects.all()] == [other.schedule_id]
        assert api.delete(f"/v1/oncall/schedules/{old}").status_code == 200
        assert refusal(api.delete(f"/v1/oncall/schedules/{other.schedule_id}")) == (400, "schedule_in_use")

    def test_without_a_policy_the_owner_is_the_plan(self, api, organization, ada):
        escalation = trigger(organization, owner=ada)
        for minute in (0, 5, 10, 15, 30):
            run(minutes(minute))
        assert reload(escalation).state == "exhausted"
        assert shown(tell(api, escalation, "apply-plan"))["state"] == "paging"
        assert run(minutes(31)) == ["ada@example.org"]

    def test_a_policy_deleted_after_the_end_is_no_trouble(self, api, organization, escalation):
        tell(api, escalation, "resolve")
        delete_policy(organization_id=organization.pk, policy_id=escalation.policy_id)
        assert refusal(tell(api, escalation, "apply-plan")) == (400, "incident_resolved")

    def test_takes_a_plan_that_could_not_be_read_out_of_the_way(self, api, escalation):
        """The engine had parked it, and paged the fallback instead."""
        Escalation.objects.update(plan={"format": 99})
        for minute in (5, 5.1, 5.2):
            run(minutes(minute))
        assert reload(escalation).parked_at is not None
        tell(api, escalation, "apply-plan")
        assert reload(escalation).parked_at is None
        assert not Strike.objects.exists()
        assert reload(escalation).plan["format"] == 1


class TestResolve:
    @pytest.mark.parametrize("taken", [0, 1, 2])
    def test_walks_the_statuses_that_are_left(self, api, escalation, at, taken):
        for status in ["identified", "monitoring"][:taken]:
            api.patch(f"/v1/incidents/{escalation.pk}/status", {"status": status})
        at(minutes(1))
        answer = tell(api, escalation, "resolve", resolutionNote="Queue worker restarted")
        assert answer.json()["data"]["status"] == "resolved"
        assert shown(answer)["state"] == "cancelled"
        history = api.get(f"/v1/incidents/{escalation.pk}").json()["data"]["statusHistory"]
        assert [one["status"] for one in history] == ["investigating", "identified", "monitoring", "resolved"]
        assert [one["resolutionNote"] for one in history] == [None, None, None, "Queue worker restarted"]
        assert run(minutes(60)) == []

    def test_again_changes_nothing(self, api, escalation, at):
        tell(api, escalation, "resolve")
        before = snapshot()
        at(minutes(1))
        assert tell(api, escalation, "resolve", resolutionNote="Again").status_code == 200
        assert snapshot() == before

    def test_needs_no_body(self, api, escalation):
        assert api.generic("POST", f"/v1/incidents/{escalation.pk}/resolve", b"", "").status_code == 200

    def test_lets_the_policy_go(self, api, escalation):
        tell(api, escalation, "resolve")
        assert api.delete(f"/v1/escalation/policies/{escalation.policy_id}").status_code == 200


@EACH_MOVING
def test_the_firing_the_caller_saw_must_be_the_last(api, escalation, command):
    run(START)
    run(minutes(5))
    before = snapshot()
    assert refusal(tell(api, escalation, command, firing=1)) == (409, "escalation_moved")
    assert snapshot() == before
    assert tell(api, escalation, command, firing=2).status_code == 200


@EACH_MOVING
@pytest.mark.parametrize("firing", ["1", 1.0, True, -1, 2**31])
def test_a_firing_is_a_number(api, escalation, command, firing):
    answer = tell(api, escalation, command, firing=firing)
    assert refusal(answer) == (422, "validation_error")
    assert [error["field"] for error in answer.json()["errors"]] == ["firing"]


@pytest.mark.parametrize("command", [*MOVING, "unacknowledge"])
def test_nothing_of_the_kind_is_done_to_a_resolved_incident(api, escalation, command):
    tell(api, escalation, "resolve")
    before = snapshot()
    assert refusal(tell(api, escalation, command)) == (400, "incident_resolved")
    assert snapshot() == before


@pytest.mark.parametrize("command", [*MOVING, "resolve"])
def test_a_command_is_a_new_version(api, escalation, command):
    path = f"/v1/incidents/{escalation.pk}"
    before = api.get(path)["ETag"]
    tell(api, escalation, command)
    assert api.get(path)["ETag"] != before


def test_a_snooze_of_a_millisecond_is_in_the_future(api, escalation):
    until = (START + timedelta(milliseconds=1)).isoformat().replace("+00:00", "Z")
    assert shown(tell(api, escalation, "snooze", until=until))["state"] == "snoozed"
