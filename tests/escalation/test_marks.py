"""What lists and the dashboard tell of coverage."""

from __future__ import annotations

from datetime import timedelta

import pytest

from escalation.marks import OLD_AFTER, Standing, load_marks, load_summary, standing_filter
from escalation.models import CoverageMark, Policy, Schedule
from tests.escalation.oncall.weeks import WEEK_2
from tests.factories.accounts import OrganizationFactory
from tests.factories.escalation import PolicyFactory, ScheduleFactory

pytestmark = pytest.mark.django_db

NOW, DAY = WEEK_2, timedelta(days=1)


@pytest.fixture
def organization(db):
    return OrganizationFactory()


def mark(owner, **fields):
    """Store a mark of a policy or a schedule, checked just now and without gaps but for ``fields``."""
    checked_at = fields.pop("checked_at", NOW)
    until = None if checked_at is None else checked_at + 14 * DAY
    return CoverageMark.objects.create(
        **{owner._meta.model_name: owner},
        organization_id=owner.organization_id,
        inputs="",
        due_at=NOW,
        checked_at=checked_at,
        checked_until=until,
        **fields,
    )


def gaps(count=1, starts_at=NOW, position=None):
    """Return the fields of a mark with gaps; the first lasts a day."""
    return {
        "gap_count": count,
        "gap_starts_at": starts_at,
        "gap_ends_at": starts_at + DAY,
        "gap_position": position,
    }


STANDINGS = [
    (None, Standing.UNCHECKED, "not checked yet"),
    ({"checked_at": None}, Standing.UNCHECKED, "not checked yet"),
    ({"checked_at": NOW - OLD_AFTER * 2}, Standing.UNCHECKED, "not checked since Wed 25 Mar 02:00 UTC"),
    ({"failure": "It cannot be read."}, Standing.FAILED, "not known It cannot be read."),
    (gaps(), Standing.GAPS, "1 gap now"),
    (gaps(3, NOW + DAY, 2), Standing.GAPS, "3 gaps from Thu 26 Mar 08:00 UTC, layer 2"),
    ({"concern_count": 1}, Standing.PEOPLE, "1 person hard to reach"),
    ({"concern_count": 2}, Standing.PEOPLE, "2 people hard to reach"),
    ({}, Standing.COVERED, "no gaps"),
]


@pytest.mark.parametrize(("fields", "standing", "words"), STANDINGS)
@pytest.mark.parametrize("make", [PolicyFactory, ScheduleFactory])
def test_how_something_stands_is_told_and_filtered_alike(organization, make, fields, standing, words):
    row = make(organization=organization)
    if fields is not None:
        mark(row, **fields)

    told = load_marks(type(row), [row.pk], organization.pk, NOW)[row.pk]
    assert (told.standing, f"{told.words} {told.details}".strip()) == (standing, words)
    found = [each for each in Standing if type(row).objects.filter(standing_filter(type(row), each, NOW)).exists()]
    assert found == [standing]


def test_a_mark_of_another_organization_tells_nothing(organization):
    policy = PolicyFactory(organization=organization)
    mark(policy)

    elsewhere = OrganizationFactory()
    assert load_marks(Policy, [policy.pk], elsewhere.pk, NOW)[policy.pk].standing is Standing.UNCHECKED
    assert load_summary(elsewhere.pk, NOW, most=5).next == ()


def test_the_summary_counts_and_tells_the_next_gaps_in_order(organization):
    later, sooner, over = PolicyFactory.create_batch(3, organization=organization)
    schedule = ScheduleFactory(organization=organization)
    mark(later, **gaps(starts_at=NOW + 2 * DAY, position=1))
    mark(sooner, **gaps(starts_at=NOW - DAY / 2))
    mark(over, **gaps(starts_at=NOW - DAY))
    mark(schedule, **gaps(starts_at=NOW + DAY))
    mark(PolicyFactory(organization=organization), failure="It cannot be read.")
    mark(PolicyFactory(organization=organization), checked_at=NOW - OLD_AFTER * 2, **gaps())
    PolicyFactory(organization=organization)
    mark(PolicyFactory(organization=organization))

    summary = load_summary(organization.pk, NOW, most=5)
    assert (summary.policies_with_gaps, summary.schedules_with_gaps, summary.unknown) == (3, 1, 3)
    assert [(one.kind, one.id, one.name, one.position, one.more) for one in summary.next] == [
        ("policy", sooner.pk, sooner.name, None, 0),
        ("schedule", schedule.pk, schedule.name, None, 0),
        ("policy", later.pk, later.name, 1, 0),
    ]
    assert len(load_summary(organization.pk, NOW, most=2).next) == 2


@pytest.mark.parametrize("size", [1, 20])
def test_the_cost_in_statements_does_not_grow(organization, size, django_assert_num_queries):
    for model, make in ((Policy, PolicyFactory), (Schedule, ScheduleFactory)):
        rows = make.create_batch(size, organization=organization)
        for row in rows:
            mark(row, **gaps())
        with django_assert_num_queries(1):
            assert len(load_marks(model, [row.pk for row in rows], organization.pk, NOW)) == size
    with django_assert_num_queries(4):
        load_summary(organization.pk, NOW, most=8)
