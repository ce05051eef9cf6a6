"""Figures of days and weeks: what is counted, when it is counted anew, and what an organization is told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.counting import DAYS, WEEKS, count_next, forget_old_figures, spans
from incidents.models import Count, Figures
from incidents.services import acknowledge_incident, change_status, unacknowledge_incident
from incidents.statistics import load_statistics
from tests.factories.incidents import IncidentFactory, TimelineEventFactory
from tests.incidents.running import START, make_policy, minutes, run, trigger

TODAY = date(2026, 11, 23)
"""The day of ``START``, a Monday."""

pytestmark = pytest.mark.django_db


def count_all(now):
    while count_next(now):
        pass


def resolve(row, now):
    for status in ("identified", "monitoring", "resolved"):
        change_status(
            organization_id=row.organization_id, incident_id=row.pk, actor_id="key_test", status=status, now=now
        )


def acknowledge(row, now):
    acknowledge_incident(organization_id=row.organization_id, incident_id=row.pk, actor_id="key_test", now=now)


def last_week(organization, now=None):
    return load_statistics(organization.pk, now or minutes(60)).weeks[-1]


def test_everybody_paged_counts_once_for_each_call(acme, alice, bob):
    trigger(acme, make_policy(acme, [alice, bob], [bob]))
    run(START)
    run(minutes(5))
    count_all(minutes(60))
    days = load_statistics(acme.pk, minutes(60)).days
    assert (days[-1].starts_on, days[-1].pages) == (TODAY, 3)
    assert [day.pages for day in days[:-1]] == [0] * (DAYS - 1)


def test_a_parked_row_does_not_count_its_page_twice(acme):
    for kind in ("row_parked", "fallback_paged"):
        TimelineEventFactory(
            incident=IncidentFactory(organization=acme), type=kind, details={"firing": 1, "recipients": ["a@b.example"]}
        )
    count_all(minutes(60))
    assert load_statistics(acme.pk, minutes(60)).days[-1].pages == 1


def test_a_week_tells_mean_and_median_of_the_first_answers(acme, bob):
    rows = [trigger(acme, make_policy(acme, [bob])) for _ in range(3)]
    for row, wait in zip(rows, (1, 2, 12), strict=True):
        acknowledge(row, minutes(wait))
    unacknowledge_incident(organization_id=acme.pk, incident_id=rows[0].pk, actor_id="key_test", now=minutes(20))
    acknowledge(rows[0], minutes(30))
    count_all(minutes(60))
    told = last_week(acme).acknowledged
    assert (told.number, told.mean, told.median) == (3, timedelta(minutes=5), timedelta(minutes=2))


def test_an_answer_counts_in_the_week_in_which_it_came_first(acme):
    incident = IncidentFactory(organization=acme)
    for days in (0, 7):
        TimelineEventFactory(
            incident=incident, type="incident_acknowledged", at=START + timedelta(days=days, minutes=4)
        )
    later = START + timedelta(days=8)
    count_all(later)
    weeks = load_statistics(acme.pk, later).weeks
    assert [week.acknowledged.number for week in weeks[-2:]] == [1, 0]
    assert weeks[-1].acknowledged.mean is None


def test_a_week_tells_how_long_it_took_to_resolve(acme, bob):
    for wait in (10, 20):
        resolve(trigger(acme, make_policy(acme, [bob])), minutes(wait))
    count_all(minutes(60))
    told = last_week(acme).resolved
    assert (told.number, told.mean, told.median) == (2, timedelta(minutes=15), timedelta(minutes=15))


def test_another_organization_has_figures_of_its_own(acme, rival, bob):
    resolve(trigger(acme, make_policy(acme, [bob])), minutes(1))
    count_all(minutes(60))
    assert last_week(acme).resolved.number == 1
    assert not load_statistics(rival.pk, minutes(60)).has_any


def test_the_span_that_runs_is_counted_anew_every_ten_minutes(acme, bob):
    count_all(minutes(0))
    resolve(trigger(acme, make_policy(acme, [bob])), minutes(1))
    assert not count_next(minutes(9))
    count_all(minutes(11))
    assert last_week(acme).resolved.number == 1


def test_a_span_that_is_over_is_counted_once_more_and_never_again(acme):
    night = datetime(2026, 11, 23, 23, 58, tzinfo=UTC)
    count_all(night)
    TimelineEventFactory(
        incident=IncidentFactory(organization=acme), at=night, type="layer_paged", details={"recipients": ["user_a"]}
    )
    count_all(night + timedelta(minutes=15))
    assert Figures.objects.get(span="day").pages == 1
    counted = Count.objects.get(span="day", starts_on=TODAY).counted_at
    count_all(night + timedelta(days=3))
    assert Count.objects.get(span="day", starts_on=TODAY).counted_at == counted


def test_all_spans_are_counted_newest_first_and_then_rest(acme):
    expected = list(spans(START))
    assert len(expected) == DAYS + WEEKS
    count_next(START)
    assert Count.objects.get().starts_on == TODAY
    count_all(START)
    assert Count.objects.count() == DAYS + WEEKS
    with CaptureQueriesContext(connection) as made:
        assert not count_next(START)
    assert len(made) == 1


def test_figures_that_nobody_is_shown_are_forgotten(acme, bob):
    trigger(acme, make_policy(acme, [bob]))
    count_all(minutes(60))
    forget_old_figures(minutes(60))
    assert Figures.objects.count() == 2
    forget_old_figures(START + timedelta(weeks=WEEKS))
    assert not Figures.objects.exists()
    assert not Count.objects.filter(starts_on__lte=TODAY).exists()


def test_statistics_cost_one_statement(acme, django_assert_num_queries):
    with django_assert_num_queries(1):
        load_statistics(acme.pk, START)
