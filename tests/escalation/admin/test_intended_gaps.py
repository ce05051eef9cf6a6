"""Declaring in the admin that nobody is reached on purpose, and taking that back."""

from __future__ import annotations

import pytest
from django.utils import timezone

from escalation.models import IntendedGap
from tests.admin_pages import complaints, statements
from tests.factories.escalation import LayerFactory, PolicyFactory, ScheduleFactory

GAPS = "/admin/escalation/intendedgap/"
SUNDAYS = {"weekly-0-days": ["7"], "weekly-0-start": "00:00", "weekly-0-end": "00:00", "timezone": "Europe/Berlin"}


@pytest.fixture
def policy(acme):
    return PolicyFactory(organization=acme, name="Payments")


@pytest.fixture
def schedule(acme):
    return ScheduleFactory(organization=acme, name="Duty")


def declare(client, owner, **said):
    kind = owner._meta.model_name
    return client.post(f"{GAPS}add/?{kind}={owner.pk}", {"reason": "Nobody buys on Sundays.", **said})


def test_a_member_declares_a_gap_of_a_layer_on_every_sunday(as_bob, bob, policy):
    layer = LayerFactory(policy=policy, people=[bob])
    answer = declare(as_bob, policy, layer=str(layer.pk), **SUNDAYS)

    assert answer["Location"] == f"/admin/escalation/policy/{policy.pk}/change/#coverage"
    gap = IntendedGap.objects.get()
    assert (gap.policy, gap.layer, gap.created_by) == (policy, layer, bob.user_id)
    assert gap.windows == [{"days": [7], "start": "00:00", "end": "00:00"}]


def test_a_gap_of_a_schedule_may_have_an_end(as_bob, schedule):
    answer = declare(as_bob, schedule, starts_at="2026-12-24T12:00", ends_at="2026-12-27T08:00")

    assert answer["Location"] == f"/admin/escalation/schedule/{schedule.pk}/change/#coverage"
    gap = IntendedGap.objects.get()
    assert (gap.schedule, gap.starts_at.hour, gap.ends_at.day) == (schedule, 12, 27)


def test_what_the_service_refuses_is_said_beside_the_field(as_bob, schedule):
    answer = declare(as_bob, schedule, starts_at="2026-12-27T08:00", ends_at="2026-12-24T12:00")

    assert complaints(answer) == {"ends_at": ["must be after startsAt."]}
    assert "timezone" in complaints(declare(as_bob, schedule, **SUNDAYS | {"timezone": ""}))
    assert "reason" in complaints(declare(as_bob, schedule, reason=" "))
    assert not IntendedGap.objects.exists()


def test_the_panel_leads_to_the_form_and_tells_the_reason(as_bob, schedule):
    declare(as_bob, schedule)
    page = as_bob.get(f"/admin/escalation/schedule/{schedule.pk}/change/").content.decode()

    assert f"{GAPS}add/?schedule={schedule.pk}" in page
    assert "Nobody buys on Sundays." in page


def test_the_form_says_whose_gap_it_is_to_be(as_bob, policy):
    assert f"<bdi>{policy.name}</bdi>" in as_bob.get(f"{GAPS}add/?policy={policy.pk}").content.decode()


def test_one_that_is_taken_back_is_gone(as_bob, schedule):
    declare(as_bob, schedule)
    gap = IntendedGap.objects.get()
    assert as_bob.get(f"{GAPS}{gap.pk}/change/").status_code == 200
    answer = as_bob.post(f"{GAPS}{gap.pk}/delete/", {"post": "yes"})

    assert answer["Location"].endswith("#coverage")
    assert not IntendedGap.objects.exists()


def test_nobody_declares_for_another_organization_or_for_nothing(as_charlie, policy, schedule):
    for owner in (policy, schedule):
        assert declare(as_charlie, owner).status_code == 404
    assert as_charlie.get(f"{GAPS}add/").status_code == 403
    assert not IntendedGap.objects.exists()


def test_a_layer_of_another_policy_is_no_choice(as_bob, bob, acme, policy):
    other = LayerFactory(policy=PolicyFactory(organization=acme), people=[bob])
    assert "layer" in complaints(declare(as_bob, policy, layer=str(other.pk)))


def test_the_list_costs_the_same_however_many_there_are(as_bob, bob, policy, schedule):
    few = statements(as_bob, GAPS)
    for number in range(10):
        declare(as_bob, (policy, schedule)[number % 2], reason=f"Reason {number} of {timezone.now()}")
    assert statements(as_bob, GAPS) == few
