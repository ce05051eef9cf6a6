"""Whom a policy pages first, which of its layers reach nobody, and what is worse than before."""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from uuid import UUID

import pytest

from escalation.domain.intended import IntendedGap
from escalation.domain.model import Window as DomainWindow
from escalation.transfer.findings import Subject
from escalation.transfer.meaning import sides
from escalation.transfer.meaning.telling import meaning_of
from escalation.transfer.worlds import layer_id, part_id
from tests.escalation.transfer.plans import (
    ALL_BUT_SUNDAYS,
    ANA,
    BOB,
    CYD,
    OFFICE,
    WORKDAYS,
    at,
    document,
    layer,
    policy,
    schedule,
    turns,
    user,
)

NOW = at("2026-11-25 10:00")  # a Wednesday
PLATFORM = Subject("policies", "platform")
ALWAYS = schedule(turns("ana"), key="always", name="Always")
WEEKDAYS = schedule(turns("bob", restrictions=[ALL_BUT_SUNDAYS]), key="weekdays", name="Weekdays")
NOBODY = schedule(key="nobody", name="Nobody")
ON_SUNDAYS = "on Sundays (Europe/Madrid)"


def meaning(before, after, *, people=(ANA, BOB, CYD), people_before=None, declared=None, hours=(OFFICE,)):
    """Return what it means that a policy becomes another; the schedules stay as they are."""
    schedules = (ALWAYS, WEEKDAYS, NOBODY)
    return meaning_of(
        document(*schedules, *([] if before is None else [before]), users=people_before or people),
        document(*schedules, after, users=people, hours=hours),
        NOW,
        declared=declared,
    )


def told(before, after, **fields):
    """Return the sentences about the policy."""
    found = [each for each in meaning(before, after, **fields).told if each.subject == PLATFORM]
    return [sentence for each in found for sentence in each.sentences]


def worse(before, after, **fields):
    """Return the sentences about what is worse for the policy."""
    return [each.sentence for each in meaning(before, after, **fields).worse if each.subject == PLATFORM]


def test_of_a_new_policy_it_is_told_whom_it_pages_first():
    assert told(None, policy(layer("always"), layer(("bob",)))) == ["An incident that starts now first pages Ana Ruiz"]


@pytest.mark.parametrize(
    ("layers", "whom"),
    [
        ([layer(("ana", "bob"))], "Ana Ruiz and Bob Lee"),
        ([layer("nobody"), layer(("bob",))], "Bob Lee by layer 2"),
        ([layer(("ana",), "outside"), layer(("bob",), "during")], "Bob Lee by layer 2"),
        ([layer(("ana",), "outside"), layer(("bob",), "outside")], "Bob Lee by layer 2"),
        ([layer("nobody")], "nobody but the fallback"),
        ([layer(("gone",))], "nobody but the fallback"),
        ([], "nobody but the fallback"),
    ],
)
def test_whoever_is_paged_first_is_whom_the_engine_would_page(layers, whom):
    people = (ANA, BOB, user("Gone", active=False))

    assert told(None, policy(*layers), people=people)[0] == f"An incident that starts now first pages {whom}"


def test_of_a_policy_that_leads_elsewhere_it_is_told_whom_it_paged_first_before():
    before = policy(layer("always"), layer(("bob",)))

    assert told(before, policy(layer("always"), layer(("cyd",)))) == [
        "An incident that starts now first pages Ana Ruiz, as before"
    ]
    assert told(before, policy(layer(("cyd",)), layer(("bob",)))) == [
        "An incident that starts now first pages Cyd Dee, instead of Ana Ruiz"
    ]


def test_it_is_told_which_layers_reach_nobody_and_on_which_days():
    assert told(None, policy(layer("always"), layer("weekdays")))[1:] == [
        f"Layer 2 of Platform reaches nobody {ON_SUNDAYS}"
    ]


def test_when_the_whole_policy_reaches_nobody_is_told_first():
    assert told(None, policy(layer("weekdays"), layer("nobody")))[1:] == [
        f"Platform as a whole reaches nobody {ON_SUNDAYS}",
        f"Layer 1 of Platform reaches nobody {ON_SUNDAYS}",
        "Layer 2 of Platform reaches nobody at any time of these days",
    ]


def test_the_only_layer_of_a_policy_is_the_whole():
    assert told(None, policy(layer("weekdays")))[1:] == [f"Platform as a whole reaches nobody {ON_SUNDAYS}"]
    assert len(worse(policy(layer("always")), policy(layer("weekdays")))) == 1


def test_names_descriptions_and_waits_mean_nothing():
    before = policy(layer("weekdays"))
    other = replace(before, name="Other", description="Words.", repeat_count=3)
    later = replace(other, layers=(replace(other.layers[0], ack_timeout_seconds=600),))

    assert meaning(before, later).told == ()


# What is worse


def test_of_a_new_policy_it_is_worse_that_nobody_at_all_is_reached():
    assert worse(None, policy(layer("weekdays"))) == [f"Platform as a whole reaches nobody {ON_SUNDAYS}"]
    assert worse(None, policy(layer("weekdays"), layer("always"))) == []


def test_a_layer_that_reaches_nobody_any_more_is_worse():
    before, after = policy(layer("always"), layer("always")), policy(layer("always"), layer("weekdays"))

    assert worse(before, after) == [f"Layer 2 of Platform no longer reaches anybody {ON_SUNDAYS}"]
    assert worse(after, before) == []


def test_what_was_a_gap_before_is_not_worse():
    before = policy(layer("weekdays"), layer(("ana",)))

    assert worse(before, policy(layer("weekdays"), layer(("cyd",)))) == []


def test_a_gap_that_grows_is_worse_by_what_is_new_of_it():
    found = meaning(policy(layer("weekdays")), policy(layer("nobody"))).worse[0]
    sunday = at("2026-11-29 00:00"), at("2026-11-30 00:00")

    assert found.sentence == "Platform as a whole no longer reaches anybody on Mondays to Saturdays (Europe/Madrid)"
    assert found.times[:2] == ((NOW, sunday[0]), (sunday[1], at("2026-12-06 00:00")))
    assert (found.subject, found.name, found.position) == (PLATFORM, "Platform", None)


def test_a_layer_that_moves_is_the_same_layer():
    before = policy(layer("weekdays"), layer("always"))

    assert worse(before, policy(layer(("cyd",)), layer("weekdays"), layer("always"))) == []
    assert worse(before, policy(layer("always"), layer("weekdays"))) == []


def test_a_layer_that_is_new_and_reaches_nobody_is_told_and_not_worse():
    before, after = policy(layer("always")), policy(layer("always"), layer("nobody"))

    assert told(before, after)[1:] == ["Layer 2 of Platform reaches nobody at any time of these days"]
    assert worse(before, after) == []


def test_a_layer_that_leads_elsewhere_is_compared_with_the_one_it_replaces():
    before = policy(layer("always"), layer(("bob",)))

    assert worse(before, policy(layer("nobody"), layer(("bob",)))) == [
        "Layer 1 of Platform no longer reaches anybody at any time of these days"
    ]


def test_without_the_layer_that_filled_a_gap_the_whole_is_worse():
    before = policy(layer("weekdays"), layer("always"))

    assert worse(before, policy(layer("weekdays"))) == [f"Platform as a whole no longer reaches anybody {ON_SUNDAYS}"]


def test_people_who_become_inactive_are_missed():
    stays = policy(layer("always"), layer(("bob",)))
    away = (ANA, replace(BOB, active=False), CYD)
    sentence = "Layer 2 of Platform {} at any time of these days"

    assert told(stays, stays, people=away, people_before=(ANA, BOB, CYD)) == [sentence.format("reaches nobody")]
    assert worse(stays, stays, people=away, people_before=(ANA, BOB, CYD)) == [
        sentence.format("no longer reaches anybody")
    ]


def test_a_schedule_that_changes_tells_of_its_policies_what_is_worse_alone():
    stays, calm = policy(layer("weekdays"), layer(("ana",))), policy(layer(("ana",)), key="calm", name="Calm")
    emptied = replace(WEEKDAYS, rotations=())
    found = meaning_of(document(WEEKDAYS, stays, calm), document(emptied, stays, calm), NOW)

    assert [(each.subject.key, each.sentences[-1]) for each in found.told] == [
        (
            "weekdays",
            "From Mon 7 Dec 00:00 Europe/Madrid on nobody is on call instead of Bob Lee",
        ),
        ("platform", "Layer 1 of Platform reaches nobody at any time of these days"),
    ]
    assert found.worse[1].sentence == (
        "Layer 1 of Platform no longer reaches anybody on Mondays to Saturdays (Europe/Madrid)"
    )
    assert meaning_of(document(emptied, stays), document(WEEKDAYS, stays), NOW).worse == ()


def test_working_hours_that_change_tell_of_the_policies_that_count_by_them():
    stays = policy(layer("weekdays", "during"), layer(("ana",), "outside"))
    whole_week = replace(OFFICE, windows=(replace(WORKDAYS, days=(1, 2, 3, 4, 5, 6, 7)),))

    assert worse(stays, stays, hours=(whole_week,)) == [
        "Platform as a whole no longer reaches anybody on Sundays from 09:00 to 18:00 Europe/Madrid",
        "Layer 1 of Platform no longer reaches anybody on Sundays from 09:00 to 18:00 Europe/Madrid",
    ]


def test_a_gap_that_was_there_all_along_is_not_told_again_for_a_schedule_that_changes_elsewhere():
    stays = policy(layer("weekdays"), layer(("ana",)))
    other = replace(WEEKDAYS, rotations=(turns("cyd", restrictions=[ALL_BUT_SUNDAYS]),))
    found = meaning_of(document(WEEKDAYS, stays), document(other, stays), NOW)

    assert [each.subject.section for each in found.told] == ["schedules"]
    assert found.worse == ()


# What is there on purpose


def _declared(*, key=None, position=None, days=frozenset({7})):
    """Return a declaration for Sundays of the policy, of a layer, or of the schedule with that key."""
    gap = IntendedGap(
        id=UUID(int=1),
        schedule=None if key is None else part_id("schedules", key),
        layer=None if position is None else layer_id(part_id(*PLATFORM), position),
        timezone="Europe/Madrid",
        windows=(DomainWindow(days=days, start=time(0), end=time(0)),),
        starts_at=None,
        ends_at=None,
        reason="On purpose.",
    )
    return {PLATFORM if key is None else Subject("schedules", key): (gap,)}


@pytest.mark.parametrize("declared", [_declared(), _declared(position=1), _declared(key="weekdays")])
def test_declared_gaps_of_a_layer_are_neither_told_nor_worse(declared):
    before, after = policy(layer("always"), layer(("ana",))), policy(layer("weekdays"), layer(("ana",)))

    assert told(before, after, declared=declared)[1:] == []
    assert worse(before, after, declared=declared) == []


@pytest.mark.parametrize("declared", [_declared(position=2), _declared(key="always"), _declared(days=frozenset({1}))])
def test_what_is_declared_of_something_else_does_not_count(declared):
    before, after = policy(layer("always"), layer(("ana",))), policy(layer("weekdays"), layer(("ana",)))

    assert worse(before, after, declared=declared) == [f"Layer 1 of Platform no longer reaches anybody {ON_SUNDAYS}"]


def test_what_is_declared_of_a_layer_goes_with_it_where_it_moves():
    before, after = policy(layer("always")), policy(layer(("ana",)), layer(("cyd",)), layer("weekdays"))

    assert told(before, after, declared=_declared(position=1))[1:] == [
        f"Layer 3 of Platform reaches nobody {ON_SUNDAYS}"
    ]
    moved = policy(layer(("ana",)), layer("weekdays"))
    assert told(policy(layer("weekdays")), moved, declared=_declared(position=1))[1:] == []


def test_that_nobody_at_all_is_reached_has_to_be_declared_of_the_policy():
    after = policy(layer("weekdays"), layer("nobody"))

    assert worse(None, after, declared=_declared()) == []
    assert len(worse(None, after, declared=_declared(key="weekdays"))) == 1


def test_a_schedule_whose_gap_is_declared_is_not_worse():
    full = replace(WEEKDAYS, rotations=(turns("bob"),))
    found = meaning_of(document(full), document(WEEKDAYS), NOW, declared=_declared(key="weekdays"))

    assert found.worse == ()
    assert len(meaning_of(document(full), document(WEEKDAYS), NOW).worse) == 1


def test_where_too_much_changes_it_is_told_and_counts_as_worse(monkeypatch):
    monkeypatch.setattr(sides, "MOST_OF_A_SCHEDULE", 3)
    sentence = "Whom Platform reaches cannot be told, for too much changes in these days"

    assert told(None, policy(layer("weekdays"))) == [sentence]
    assert worse(None, policy(layer("weekdays"))) == [sentence]
