"""What holds for every change, and what a change costs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from escalation.domain.coverage import gaps
from escalation.domain.times import minus
from escalation.transfer.meaning import telling
from escalation.transfer.meaning.telling import meaning_of
from escalation.transfer.worlds import plan_of, world_of
from tests.escalation.transfer.plans import (
    ALL_BUT_SUNDAYS,
    ANA,
    BOB,
    CYD,
    MADRID,
    OFFICE,
    WORKDAYS,
    at,
    document,
    instead,
    layer,
    policy,
    schedule,
    turns,
)
from tests.escalation.transfer.strategies import documents
from tests.incidents.domain.examples import modest

NOW = at("2026-10-20 10:00")  # the clocks go back on the 25th
PEOPLE = ("ana", "bob", "cyd")

_people = st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=3, unique=True).map(tuple)
_restrictions = st.sampled_from([(), (WORKDAYS,), (ALL_BUT_SUNDAYS,)])


@st.composite
def _schedules(draw, key):
    days = st.sampled_from([1, 2, 7])
    rotations = [
        turns(*draw(_people), days=draw(days), restrictions=draw(_restrictions), name=f"R{number}")
        for number in range(draw(st.integers(0, 2)))
    ]
    since = NOW + timedelta(hours=draw(st.integers(-48, 400)))
    cover = replace(
        instead(draw(st.sampled_from(PEOPLE)), "2026-10-20", "2026-10-21"),
        starts_at=since,
        ends_at=since + timedelta(hours=draw(st.integers(1, 100))),
    )
    overrides = draw(st.sampled_from([(), (cover,)]))
    return schedule(
        *rotations, overrides=overrides, key=key, name=key.title(), mode=draw(st.sampled_from(["all", "first"]))
    )


@st.composite
def _plans(draw):
    """Return a document of two schedules and two policies, or without one of them, whose keys are the same."""
    targets = st.sampled_from(["one", "two"]) | _people
    layers = st.lists(st.builds(layer, targets, st.sampled_from([None, None, "during", "outside"])), max_size=3)
    policies = [policy(*draw(layers), key=f"p{number}", name=f"P{number}") for number in range(2)]
    users = [replace(each, active=draw(st.sampled_from([True, True, False]))) for each in (ANA, BOB, CYD)]
    zone = draw(st.sampled_from([MADRID, "America/New_York"]))
    return document(
        draw(_schedules("one")),
        draw(_schedules("two")),
        *policies[draw(st.integers(0, 1)) :],
        users=users,
        hours=(replace(OFFICE, timezone=zone),),
    )


def _whole_gaps(said, wanted):
    world = world_of(said)
    found = gaps(plan_of(wanted), world, NOW, NOW + timedelta(days=14))
    return tuple((since, until) for since, until, position in found if position is None)


@modest
@given(_plans(), _plans())
def test_worse_is_what_the_whole_reached_before_and_does_not_after(before, after):
    former = {each.key: each for each in before.policies}
    lost = {}
    for each in after.policies:
        times = _whole_gaps(after, each)
        lost[each.key] = minus(times, _whole_gaps(before, former[each.key])) if each.key in former else times
    found = meaning_of(before, after, NOW).worse

    assert {
        each.subject.key: each.times for each in found if each.subject.section == "policies" and not each.position
    } == {key: times for key, times in lost.items() if times}


@modest
@given(_plans(), _plans())
def test_sentences_are_sentences(before, after):
    meaning = meaning_of(before, after, NOW)
    sentences = [sentence for each in meaning.told for sentence in each.sentences]

    for sentence in [*sentences, *(each.sentence for each in meaning.worse)]:
        assert sentence[0].isupper()
        assert "  " not in sentence
        assert not sentence.endswith(".")


@modest
@given(documents(), documents())
def test_any_document_may_take_the_place_of_any_other(before, after):
    meaning_of(before, after, NOW)


@modest
@given(documents())
def test_a_document_that_takes_its_own_place_means_nothing(same):
    found = meaning_of(same, replace(same, organization="Other"), NOW)

    assert (found.told, found.worse) == ((), ())


def test_what_does_not_differ_is_not_asked(monkeypatch):
    monkeypatch.setattr(telling, "MOST_QUESTIONS", 0)
    there = [schedule(turns("ana", "bob", days=1)), policy(layer("primary"))]
    other = schedule(turns("ana", "bob", days=1), key="other", name="Other")

    assert meaning_of(document(*there), document(*there), NOW).told == ()
    assert [each.subject.key for each in meaning_of(document(*there), document(*there, other), NOW).worse] == ["other"]


def test_a_schedule_is_asked_once_for_all_that_lead_to_it(monkeypatch):
    daily = schedule(turns("ana", "bob", days=1))
    monkeypatch.setattr(telling, "MOST_QUESTIONS", 100)
    policies = [policy(layer("primary"), key=f"p{number}", name=f"P{number}") for number in range(20)]

    assert meaning_of(document(), document(daily, *policies), NOW).worse == ()


def test_what_the_document_lacks_is_not_told_of():
    there = [schedule(turns("ana")), policy(layer("primary"))]
    found = meaning_of(document(*there), document(), NOW)

    assert (found.told, found.worse) == ((), ())


def test_schedules_are_told_first_and_each_in_the_order_of_the_document():
    one, other = schedule(turns("ana"), key="z", name="Z"), schedule(turns("ana"), key="a", name="A")
    found = meaning_of(document(), document(policy(layer("z")), one, other), NOW)

    assert [each.subject.key for each in found.told] == ["z", "a", "platform"]
