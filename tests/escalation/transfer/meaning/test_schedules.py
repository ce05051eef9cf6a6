"""Who is on call instead of whom, in sentences."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from escalation.transfer.meaning import sides, telling
from escalation.transfer.meaning.telling import meaning_of
from tests.escalation.transfer.plans import (
    ALL_BUT_SUNDAYS,
    ANA,
    BOB,
    CYD,
    WORKDAYS,
    at,
    document,
    instead,
    schedule,
    turns,
    user,
)

NOW = at("2026-11-25 10:00")  # a Wednesday, in Ana's week of hers and Bob's
WEEKLY = schedule(turns("ana", "bob"))


def told(before, after, *, users=(ANA, BOB, CYD), users_before=None, days=14):
    """Return the sentences about the one schedule, and those about what is worse."""
    meaning = meaning_of(
        document(*[before][: before is not None], users=users_before or users),
        document(after, users=users),
        NOW,
        days=days,
    )
    assert len(meaning.told) <= 1
    return [sentence for each in meaning.told for sentence in each.sentences], [each.sentence for each in meaning.worse]


def test_nothing_is_told_of_what_stays_as_it_is():
    assert told(WEEKLY, WEEKLY) == ([], [])


@pytest.mark.parametrize(
    "after",
    [
        replace(WEEKLY, name="Secondary", description="Other words."),
        schedule(replace(turns("ana", "bob"), name="Other")),
        schedule(turns("ana", "bob"), overrides=[instead("cyd", "2026-11-01", "2026-11-02")]),
    ],
    ids=["name", "name of a rotation", "override that is over"],
)
def test_what_changes_nobodys_turn_means_nothing(after):
    assert told(WEEKLY, after) == ([], [])


def test_it_is_told_who_takes_whose_week():
    swapped = [instead("ana", "2026-11-30 09:00", "2026-12-07 09:00")]

    assert told(schedule(turns("cyd", "ana", "bob")), schedule(turns("cyd", "ana", "bob"), overrides=swapped)) == (
        ["From Mon 30 Nov 09:00 Europe/Madrid Ana Ruiz takes Bob Lee's week"],
        [],
    )


def test_it_is_told_who_takes_whose_day():
    swapped = [instead("cyd", "2026-11-28 09:00", "2026-11-29 09:00")]
    sentences, _ = told(schedule(turns("ana", days=1)), schedule(turns("ana", days=1), overrides=swapped))

    assert sentences == ["From Sat 28 Nov 09:00 Europe/Madrid Cyd Dee takes Ana Ruiz's day"]


def test_of_another_time_both_ends_are_told():
    swapped = [instead("cyd", "2026-11-27 20:00", "2026-11-29 08:00")]
    sentences, _ = told(schedule(turns("ana")), schedule(turns("ana"), overrides=swapped))

    assert sentences == [
        "From Fri 27 Nov 20:00 to Sun 29 Nov 08:00 Europe/Madrid Cyd Dee is on call instead of Ana Ruiz"
    ]


def test_a_week_over_a_change_of_the_clocks_is_a_week():
    before = schedule(turns("ana", "bob", zone="Europe/Madrid"))
    after = schedule(turns("bob", "ana"))
    meaning = meaning_of(document(before), document(after), at("2026-10-19 09:00"))

    assert meaning.told[0].sentences == (
        "From now Ana Ruiz takes Bob Lee's week",
        "From Mon 26 Oct 09:00 Europe/Madrid Bob Lee takes Ana Ruiz's week",
    )


def test_turns_in_another_order_begin_now_and_end_after_what_is_looked_at():
    assert told(WEEKLY, schedule(turns("bob", "ana"))) == (
        [
            "From now to Mon 30 Nov 09:00 Europe/Madrid Bob Lee is on call instead of Ana Ruiz",
            "From Mon 30 Nov 09:00 Europe/Madrid Ana Ruiz takes Bob Lee's week",
            "From Mon 7 Dec 09:00 Europe/Madrid Bob Lee takes Ana Ruiz's week",
        ],
        [],
    )


def test_of_what_comes_back_every_day_the_first_are_told_and_how_many_follow():
    sentences, _ = told(schedule(turns("ana", "bob", days=1)), schedule(turns("bob", "ana", days=1)))

    assert sentences == [
        "From now to Thu 26 Nov 09:00 Europe/Madrid Bob Lee is on call instead of Ana Ruiz",
        "From Thu 26 Nov 09:00 Europe/Madrid Ana Ruiz takes Bob Lee's day",
        "From Fri 27 Nov 09:00 Europe/Madrid Bob Lee takes Ana Ruiz's day",
        "There are 12 more such changes before Wed 9 Dec 10:00 Europe/Madrid",
    ]


def test_what_does_not_end_is_told_without_an_end():
    assert told(schedule(turns("ana")), schedule(turns("bob"))) == (
        ["From now on Bob Lee is on call instead of Ana Ruiz"],
        [],
    )
    ended = schedule(turns("ana", until="2026-12-01 12:00"))
    assert told(schedule(turns("ana")), ended) == (
        ["From Tue 1 Dec 12:00 Europe/Madrid on nobody is on call instead of Ana Ruiz"],
        ["Primary no longer reaches anybody from Tue 1 Dec 12:00 Europe/Madrid on"],
    )


def test_a_difference_is_one_whatever_goes_on_beside_it():
    beside = turns("cyd", "dee", days=1, name="Beside")
    before, after = schedule(turns("ana"), beside), schedule(turns("bob"), beside)

    assert told(before, after, users=(ANA, BOB, CYD, user("Dee")))[0] == [
        "From now on Bob Lee is on call instead of Ana Ruiz"
    ]


def test_a_week_that_somebody_cuts_after_what_is_looked_at_is_no_week():
    cut = [instead("cyd", "2026-12-10 09:00", "2026-12-11 09:00")]
    sentences, _ = told(schedule(turns("ana", "bob"), overrides=cut), schedule(turns("bob", "ana"), overrides=cut))

    assert sentences[2] == "From Mon 7 Dec 09:00 Europe/Madrid on Bob Lee is on call instead of Ana Ruiz"


def test_who_is_on_call_where_nobody_was_or_beside_others_is_told():
    both = schedule(turns("ana"), turns("bob", name="More"))

    assert told(schedule(), schedule(turns("ana")))[0] == ["From now on Ana Ruiz is on call where nobody was"]
    assert told(schedule(turns("ana")), both)[0] == ["From now on Bob Lee is on call beside Ana Ruiz"]
    assert told(both, schedule(turns("ana"))) == (["From now on Bob Lee is on call no more, Ana Ruiz still is"], [])


def test_whoever_comes_first_bears_what_comes_in_and_is_told():
    one, other = turns("ana"), turns("bob", name="More")

    assert told(schedule(one, other), schedule(other, one))[0] == [
        "From now on Bob Lee comes first instead of Ana Ruiz"
    ]


def test_several_are_told_together_and_many_are_counted():
    crowd = [user(f"P{number}") for number in range(6)]
    rotations = [turns(each.key, name=each.key) for each in crowd]

    assert told(schedule(turns("ana")), schedule(*rotations), users=(ANA, *crowd))[0] == [
        "From now on P0, P1, P2, P3 and 2 more are on call instead of Ana Ruiz"
    ]


def test_people_who_become_inactive_are_no_longer_reached():
    away = replace(BOB, active=False)

    assert told(WEEKLY, WEEKLY, users=(ANA, away, CYD), users_before=(ANA, BOB, CYD)) == (
        [
            "From Mon 30 Nov 09:00 to Mon 7 Dec 09:00 Europe/Madrid nobody who can be paged is on call "
            "instead of Bob Lee (cannot be paged)"
        ],
        ["Primary no longer reaches anybody from Mon 30 Nov 09:00 to Mon 7 Dec 09:00 Europe/Madrid"],
    )


def test_of_several_it_is_told_who_cannot_be_paged():
    both = schedule(turns("ana"), turns("bob", name="More"))
    nobody = schedule(turns("bob"))
    away = (ANA, replace(BOB, active=False), CYD)

    assert told(both, both, users=away, users_before=(ANA, BOB, CYD)) == (
        ["From now on Bob Lee (cannot be paged) is paged no more, Ana Ruiz still is"],
        [],
    )
    assert told(both, nobody, users=away, users_before=(ANA, BOB, CYD))[0] == [
        "From now on nobody who can be paged is on call instead of Ana Ruiz and Bob Lee (Bob Lee cannot be paged)"
    ]


def test_people_with_one_name_are_told_apart_and_those_without_one_by_their_address():
    twin, nameless = user("Ana", "Ruiz", email="other@example.org"), user("", email="nameless@example.org")
    twin, nameless = replace(twin, key="twin"), replace(nameless, key="nameless")
    users = (ANA, twin, nameless)

    assert told(schedule(turns("ana")), schedule(turns("twin")), users=users)[0] == [
        "From now on Ana Ruiz (other@example.org) is on call instead of Ana Ruiz (ana@example.org)"
    ]
    assert told(schedule(turns("ana")), schedule(turns("nameless")), users=(ANA, nameless))[0] == [
        "From now on nameless@example.org is on call instead of Ana Ruiz"
    ]


def test_times_are_told_by_the_clocks_of_the_schedule_as_it_becomes():
    there = schedule(turns("ana", "bob", zone="America/New_York"), zone="America/New_York")
    sentences, _ = told(WEEKLY, there)

    assert sentences[0] == (
        "From Mon 30 Nov 03:00 to Mon 30 Nov 09:00 America/New_York Ana Ruiz is on call instead of Bob Lee"
    )


def test_a_difference_that_comes_later_is_told():
    later = schedule(turns("ana", "bob"), overrides=[instead("cyd", "2027-01-04 09:00", "2027-01-11 09:00")])

    assert told(WEEKLY, later)[0] == ["From Mon 4 Jan 2027 09:00 Europe/Madrid Cyd Dee takes Ana Ruiz's week"]


def test_that_nothing_differs_for_a_long_time_is_told():
    later = schedule(turns("ana", "bob", until="2028-01-01"))

    assert told(WEEKLY, later) == (
        ["Who is on call stays the same at least until Tue 9 Mar 2027 10:00 Europe/Madrid"],
        [],
    )


def test_where_looking_further_costs_too_much_it_is_told_how_far_was_looked(monkeypatch):
    monkeypatch.setattr(telling, "MOST_FURTHER", 3)

    assert told(WEEKLY, schedule(turns("ana", "bob", until="2028-01-01")))[0] == [
        "Who is on call stays the same at least until Wed 9 Dec 2026 10:00 Europe/Madrid"
    ]


@pytest.mark.parametrize(
    ("there", "sentence"),
    [
        (WEEKLY, "Ana Ruiz is on call until Mon 30 Nov 09:00 Europe/Madrid, then Bob Lee"),
        (schedule(turns("ana")), "Ana Ruiz is on call at any time of these days"),
        (schedule(), "Nobody is on call at any time of these days"),
        (
            schedule(turns("ana", since="2026-12-01 09:00")),
            "Nobody is on call until Tue 1 Dec 09:00 Europe/Madrid, then Ana Ruiz",
        ),
        (
            schedule(turns("ana", restrictions=[ALL_BUT_SUNDAYS]), turns("cyd", name="More", restrictions=[WORKDAYS])),
            "Ana Ruiz and Cyd Dee are on call until Wed 25 Nov 18:00 Europe/Madrid, then Ana Ruiz",
        ),
        (schedule(turns("gone")), "Gone (cannot be paged) is on call at any time of these days"),
    ],
)
def test_of_a_new_schedule_it_is_told_who_is_on_call_now_and_next(there, sentence):
    assert told(None, there, users=(ANA, BOB, CYD, user("Gone", active=False))) == ([sentence], [])


def test_a_schedule_that_has_nobody_on_some_days_any_more_is_worse():
    before, after = schedule(turns("ana")), schedule(turns("ana", restrictions=[ALL_BUT_SUNDAYS]))

    assert told(before, after)[1] == ["Primary no longer reaches anybody on Sundays (Europe/Madrid)"]
    assert told(after, before)[1] == []


def test_where_too_much_changes_it_is_told_and_counts_as_worse(monkeypatch):
    monkeypatch.setattr(sides, "MOST_OF_A_SCHEDULE", 10)
    sentence = "Whom Primary reaches cannot be told, for too much changes in these days"

    assert told(WEEKLY, schedule(turns("ana", "bob", days=1))) == ([sentence], [sentence])
    assert told(None, schedule(turns("ana", "bob", days=1))) == ([sentence], [sentence])


def test_one_schedule_that_changes_too_much_does_not_keep_the_others_from_being_told(monkeypatch):
    monkeypatch.setattr(sides, "MOST_OF_A_SCHEDULE", 10)
    busy = schedule(turns("ana", "bob", days=1), key="busy", name="Busy")
    meaning = meaning_of(document(), document(busy, WEEKLY), NOW)

    assert [each.sentences[0][:11] for each in meaning.told] == ["Whom Busy r", "Ana Ruiz is"]


def test_a_span_of_another_length_is_looked_at():
    sentences, _ = told(WEEKLY, schedule(turns("bob", "ana")), days=3)

    assert sentences == ["From now on Bob Lee is on call instead of Ana Ruiz"]


def test_what_is_told_says_of_what_and_for_which_time():
    meaning = meaning_of(document(), document(WEEKLY), NOW)
    (only,) = meaning.told

    assert (meaning.start, meaning.end) == (NOW, NOW + timedelta(days=14))
    assert (only.subject, only.name, only.is_new) == (("schedules", "primary"), "Primary", True)
