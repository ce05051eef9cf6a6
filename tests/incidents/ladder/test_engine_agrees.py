"""What the ladder tells ahead is what the engine then does: whom it calls, when, why, and over what."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from accounts.models import Membership
from escalation.domain.coverage import gaps
from escalation.domain.model import ACCOUNT_EMAIL
from escalation.domain.roster import reach
from escalation.loaders import load_plan, load_worlds
from incidents.domain import escalation as core
from incidents.domain.ladder import Ladder
from incidents.domain.model import Status
from incidents.ladder import load_incident_ladder, load_ladder
from incidents.models import Delivery, Escalation, Firing, Page, TimelineEvent
from incidents.states import needs_of_plan
from tests.factories.accounts import ApiKeyFactory, MembershipFactory
from tests.fixtures.accounts import ApiClient
from tests.incidents.ladder.generated import generate
from tests.incidents.running import START, make_policy, minutes, reload, run, trigger

pytestmark = pytest.mark.django_db(transaction=True)

SEEDS = range(10)
SEVERITIES = ["critical", "low"]


# What is compared: plain values, told of the ladder and of the rows the engine wrote


def told(ladder: Ladder) -> list[dict[str, Any]]:
    """Return the calls of a ladder."""
    return [
        {
            "number": rung.firing,
            "at": rung.at,
            "cause": str(rung.cause),
            "pass": rung.pass_no,
            "position": rung.position,
            "due_at": rung.due_at,
            "called": [_duty(called.duty) for called in rung.called],
            "passed": [(one.position, one.skipped) for one in rung.passed],
        }
        for rung in ladder.rungs
    ]


def sends(ladder: Ladder, until: datetime) -> list[tuple[int, str, Any, datetime]]:
    """Return everything that is sent by ``until``: the call's number, to whom, over what, when."""
    found = []
    for rung in ladder.rungs:
        for called in rung.called:
            for way in called.ways:
                method = None if way.method == ACCOUNT_EMAIL else way.method
                found += [(rung.firing, called.duty.user, method, at) for at in way.sent_at if at <= until]
    return sorted(found, key=str)


def fired(escalation) -> list[dict[str, Any]]:
    """Return the calls of an escalation."""
    return [
        {
            "number": firing.number,
            "at": firing.fired_at,
            "cause": firing.cause,
            "pass": firing.pass_no,
            "position": firing.position,
            "due_at": firing.due_at,
            "called": [_reason(page) for page in firing.pages.order_by("pk")],
            "passed": _passed(firing),
        }
        for firing in Firing.objects.filter(escalation=escalation.pk).order_by("number")
    ]


def sent(escalation) -> list[tuple[int, str, Any, datetime]]:
    """Return every delivery of an escalation."""
    rows = Delivery.objects.filter(escalation=escalation.pk).select_related("page__firing", "page__membership")
    return sorted(
        ((row.page.firing.number, _who(row.page), row.contact_method_id, row.created_at) for row in rows), key=str
    )


def _duty(duty):
    return duty.user, duty.source, duty.source_id and str(duty.source_id), duty.until


def _reason(page):
    until = page.reason["until"]
    return _who(page), page.reason["source"], page.reason["sourceId"], until and datetime.fromisoformat(until)


def _who(page: Page):
    return page.address if page.membership is None else page.membership.user_id


def _passed(firing):
    events = TimelineEvent.objects.filter(
        incident=firing.escalation_id, at=firing.fired_at, type__in=["layer_empty", "layer_skipped"]
    )
    return [(event.position, event.details.get("reason")) for event in events.order_by("id")]


def climb_with_the_engine(policy, severity):
    """Trigger an incident and let engine and senders work at every instant until its passes end; return the last."""
    escalation = trigger(policy.organization, policy, severity=severity)
    now = START
    while True:
        run(now)
        row = reload(escalation)
        if row.state == Escalation.State.EXHAUSTED:
            return row, now
        pages = Page.objects.filter(escalation=row.pk, next_at__isnull=False).values_list("next_at", flat=True)
        now = min([row.wake_at, *pages])


@pytest.mark.parametrize("severity", SEVERITIES)
@pytest.mark.parametrize("number", SEEDS)
def test_the_engine_does_what_the_ladder_told(number, severity):
    policy = generate(number)
    ahead = load_ladder(policy.organization_id, policy.pk, severity, START).ladder

    escalation, end = climb_with_the_engine(policy, severity)

    assert not ahead.is_cut
    assert fired(escalation) == told(ahead)
    assert sent(escalation) == sends(ahead, end)
    assert escalation.roster_at == ahead.waits_until


def test_the_generated_policies_are_worth_it():
    ladders = [load_ladder(p.organization_id, p.pk, "low", START).ladder for p in map(generate, SEEDS)]
    rungs = [rung for ladder in ladders for rung in ladder.rungs]
    called = [each for rung in rungs for each in rung.called]

    assert {"layer", "repeat", "joined", "fallback"} <= {str(rung.cause) for rung in rungs}
    assert {"rotation", "override", "named", "fallback"} <= {each.duty.source for each in called}
    assert {None, "outside_hours", "during_hours"} <= {one.skipped for rung in rungs for one in rung.passed}
    assert {"quiet_hours", "unverified"} <= {left.because for each in called for left in each.left_out}
    assert any(rung.missed for rung in rungs)
    assert any(len(way.sent_at) > 1 for each in called for way in each.ways)


@pytest.mark.parametrize("number", SEEDS)
def test_at_every_call_the_ladder_of_the_incident_is_the_one_told_before(number):
    policy = generate(number)
    ahead = told(load_ladder(policy.organization_id, policy.pk, "low", START).ladder)
    escalation = trigger(policy.organization, policy, severity="low")

    for call in ahead:
        run(call["at"])
        row = Escalation.objects.select_related("incident__owner", "holder").get(pk=escalation.pk)
        there = load_incident_ladder(row, call["at"])
        if row.state != Escalation.State.EXHAUSTED:
            assert told(there.ladder) == ahead
        assert [rung.rung.firing for rung in there.rungs if rung.is_past] == list(range(1, call["number"] + 1))


# One rule is broken on purpose


@pytest.fixture
def policy(organization):
    ada, bob = (MembershipFactory(organization=organization, first_name=name) for name in ("Ada", "Bob"))
    return make_policy(organization, [ada], [bob])


def answers(policy):
    """Return what ladder, preview and engine say about a policy, as lists of who is called at which minute."""
    organization = policy.organization
    client = ApiClient(ApiKeyFactory(organization=organization).text)
    path = f"/v1/escalation/policies/{policy.pk}/preview"
    response = client.get(f"{path}?at={START.isoformat().replace('+00:00', 'Z')}&severity=high")
    calls = response.json()["data"]["calls"]
    escalation, _ = climb_with_the_engine(policy, "high")
    return {
        "ladder": [
            (rung.rung.at, [called.duty.user for called in rung.rung.called])
            for rung in load_ladder(organization.pk, policy.pk, "high", START).rungs
        ],
        "preview": [
            (datetime.fromisoformat(call["at"]), [one["userId"] or "noc@example.org" for one in call["people"]])
            for call in calls
        ],
        "engine": [(call["at"], [who for who, *_ in call["called"]]) for call in fired(escalation)],
    }


def coverage(policy):
    """Return the gaps of a policy in its first hour."""
    found = load_plan(organization_id=policy.organization_id, policy_id=policy.pk)
    world = load_worlds({policy.organization_id: needs_of_plan(found.plan)})[policy.organization_id].world
    return list(gaps(found.plan, world, START, minutes(60)))


def test_a_rule_about_who_is_reached_breaks_everywhere_at_once(policy, monkeypatch):
    policy.organization.fallback_email = "noc@example.org"
    policy.organization.save()
    sound, covered = answers(policy), coverage(policy)

    ada = Membership.objects.get(first_name="Ada").user_id

    def nobody_called_ada(duties, world, changes_at=None):
        return reach([duty for duty in duties if duty.user != ada], world, changes_at=changes_at)

    monkeypatch.setattr("escalation.domain.roster.reach", nobody_called_ada)
    broken, uncovered = answers(policy), coverage(policy)

    assert sound["ladder"] == sound["preview"] == sound["engine"]
    assert broken["ladder"] == broken["preview"] == broken["engine"]
    assert len(sound["ladder"]) == 3
    assert len(broken["ladder"]) == 2
    assert covered == []
    assert uncovered == [(START, minutes(60), 1)]


def test_a_rule_of_the_table_breaks_everywhere_at_once(policy, monkeypatch):
    policy.organization.fallback_email = "noc@example.org"
    policy.organization.save()
    sound = answers(policy)

    def give_up(run, reach):
        run.change(position=len(run.plan.layers))
        run.fire_next_layer()

    monkeypatch.setitem(core._WHEN_DUE, Status.PAGING, give_up)
    broken = answers(policy)

    assert sound["ladder"] == sound["preview"] == sound["engine"]
    assert broken["ladder"] == broken["preview"] == broken["engine"]
    assert [at for at, _ in sound["ladder"]] == [START, minutes(5), minutes(10)]
    assert [at for at, _ in broken["ladder"]] == [START, minutes(5)]
