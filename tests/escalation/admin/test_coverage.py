"""Coverage on the pages of policies and schedules."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from escalation.admin import coverage
from escalation.domain import coverage as domain
from tests.admin_pages import statements
from tests.escalation.admin.forms import POLICIES, SCHEDULES, change_of
from tests.escalation.test_marks import gaps, mark
from tests.factories.accounts import MembershipFactory
from tests.factories.escalation import (
    IntendedGapFactory,
    LayerFactory,
    PolicyFactory,
    RotationFactory,
    ScheduleFactory,
)

NOW = datetime(2026, 3, 25, 8, tzinfo=UTC)
WORKDAYS = [{"days": [1, 2, 3, 4, 5], "start": "08:00", "end": "18:00"}]


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    monkeypatch.setattr(coverage, "now", lambda: NOW)


@pytest.fixture
def office(primary, alice):
    RotationFactory(schedule=primary, people=[alice], restrictions=WORKDAYS)
    return primary


@pytest.fixture
def covered(policy, office, alice):
    """A policy of the office, and then Alice."""
    LayerFactory(policy=policy, schedule=office)
    LayerFactory(policy=policy, people=[alice])
    return policy


def panel(client, path):
    return client.get(path).context["coverage"]


class TestPanel:
    def test_gaps_are_told_in_words(self, as_bob, covered, alice):
        told = panel(as_bob, change_of(covered))
        assert told.days == 14
        assert told.gaps[2] == "Layer 1 reaches nobody from Fri 27 Mar 18:00 to Mon 30 Mar 08:00 Europe/Berlin"
        assert told.people == [f"{alice.name} has no usable contact method beside the account's email"]

    def test_of_a_schedule_too(self, as_bob, office):
        told = panel(as_bob, change_of(office, SCHEDULES))
        assert told.gaps[0] == "The schedule reaches nobody from Wed 25 Mar 18:00 to Thu 26 Mar 08:00 Europe/Berlin"

    @pytest.mark.parametrize(("asked", "days"), [("30", 30), ("90", 90), ("365", 14), ("x", 14), ("", 14)])
    def test_one_chooses_for_how_long(self, as_bob, covered, asked, days):
        assert panel(as_bob, f"{change_of(covered)}?coverage_days={asked}").days == days

    def test_gaps_on_purpose_come_with_their_reason(self, as_bob, covered):
        IntendedGapFactory(policy=covered, reason="<b>Nobody</b> at night")
        told = panel(as_bob, change_of(covered))
        assert (told.gaps, len(told.declared)) == ([], 10)
        page = as_bob.get(change_of(covered)).content.decode()
        assert "&lt;b&gt;Nobody&lt;/b&gt; at night" in page
        assert "No gaps" in page

    def test_no_more_is_shown_than_can_be_read(self, as_bob, office):
        told = panel(as_bob, f"{change_of(office, SCHEDULES)}?coverage_days=90")
        assert (len(told.gaps), told.untold) == (coverage.MOST_SHOWN, 14)

    def test_what_cannot_be_told_is_not_fine(self, as_bob, covered, monkeypatch):
        monkeypatch.setattr(domain, "MOST_QUESTIONS", 1)
        page = as_bob.get(change_of(covered)).content.decode()
        assert "Too much changes in these days" in page
        assert "No gaps" not in page

    def test_a_new_policy_has_none(self, as_bob, policy):
        assert "coverage" not in as_bob.get(f"{POLICIES}add/").context


class TestList:
    @pytest.fixture
    def marked(self, acme):
        """Policies with gaps, without, and one that was not checked."""
        found = PolicyFactory.create_batch(3, organization=acme)
        mark(found[0], checked_at=NOW, **gaps(2, NOW, 1))
        mark(found[1], checked_at=NOW)
        return found

    def test_each_tells_how_it_stands_by_a_symbol_and_in_words(self, as_bob, marked):
        page = as_bob.get(POLICIES).content.decode()
        for symbol, words in (
            ("person_off", "2 gaps"),
            ("check", "no gaps"),
            ("hourglass_empty", "not checked yet"),
        ):
            assert f'aria-hidden="true">{symbol}</span>{words}</span>' in page
        assert "now, layer 1" in page

    @pytest.mark.parametrize(
        ("chosen", "found"),
        [("gaps", [0]), ("covered", [1]), ("unchecked", [2]), ("people", []), ("failed", []), ("other", [0, 1, 2])],
    )
    def test_one_filters_by_it(self, as_bob, marked, chosen, found):
        rows = as_bob.get(f"{POLICIES}?coverage={chosen}").context["cl"].result_list
        assert {row.pk for row in rows} == {marked[number].pk for number in found}

    def test_schedules_tell_it_beside_who_is_on_call(self, as_bob, acme, office):
        mark(office, checked_at=NOW, concern_count=1)
        ScheduleFactory(organization=acme)
        page = as_bob.get(SCHEDULES).content.decode()
        assert "1 person hard to reach" in page
        assert "not checked yet" in page
        assert [row.pk for row in as_bob.get(f"{SCHEDULES}?coverage=people").context["cl"].result_list] == [office.pk]


def test_pages_cost_the_same_for_any_number(as_bob, acme, covered, office):
    costs = []
    for more in (1, 12):
        for row in (
            *PolicyFactory.create_batch(more, organization=acme),
            *ScheduleFactory.create_batch(more, organization=acme),
        ):
            mark(row, checked_at=NOW, **gaps(2, NOW))
        IntendedGapFactory.create_batch(more, policy=covered)
        RotationFactory(schedule=office, people=MembershipFactory.create_batch(more, organization=acme))
        paths = (POLICIES, f"{POLICIES}?coverage=gaps", SCHEDULES, change_of(covered), change_of(office, SCHEDULES))
        costs.append([statements(as_bob, path) for path in paths])
    assert costs[0] == costs[1]
