"""Overrides that are over are left out, and no two of one rotation cover one time."""

from __future__ import annotations

from datetime import UTC, datetime

from escalation.transfer.document import Override
from escalation.transfer.foreign.ledger import Part
from escalation.transfer.foreign.replacing import laid_over, overrides_of

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)


def override(user, starts, ends, rotation=None):
    """Return one of that November, from day to day."""
    starts_at, ends_at = (datetime(2026, 11, day, tzinfo=UTC) for day in (starts, ends))
    return Override(user=user, starts_at=starts_at, ends_at=ends_at, rotation=rotation)


def kept(*overrides):
    """Return what is kept, in short, and the codes of what was found."""
    part = Part(subject=None, name="Ops", path="")
    found = overrides_of(part, overrides, NOW, "there")
    return (
        [(each.user, each.starts_at.day, each.ends_at.day, each.rotation) for each in found],
        [f"{each.severity} {each.code}" for each in part.findings],
    )


def test_what_is_over_is_left_out_with_a_note():
    assert kept(override("ana", 1, 25), override("bob", 24, 26)) == (
        [("bob", 24, 26, None)],
        ["note OVERRIDE_PAST_SKIPPED"],
    )


def test_what_lasts_no_time_is_left_out():
    assert kept(override("ana", 27, 27))[0] == []


def test_the_later_of_two_cuts_the_other():
    assert kept(override("ana", 24, 30), override("bob", 26, 28)) == (
        [("ana", 24, 26, None), ("ana", 28, 30, None), ("bob", 26, 28, None)],
        ["lossy OVERRIDE_UNSUPPORTED"],
    )


def test_two_of_one_person_are_no_difference():
    assert kept(override("ana", 26, 29), override("ana", 27, 30)) == (
        [("ana", 26, 27, None), ("ana", 27, 30, None)],
        [],
    )


def test_overrides_of_two_rotations_do_not_meet():
    assert kept(override("ana", 26, 29, "A"), override("bob", 26, 29, "B"))[1] == []


def test_one_that_is_laid_over_others_counts_where_it_meets_them():
    others = (override("ana", 26, 30, "Nights"), override("ana", 26, 30, "Days"))
    found = laid_over(others, override("cyd", 27, 28, "Nights"))
    assert [(each.user, each.starts_at.day, each.ends_at.day, each.rotation) for each in found] == [
        ("ana", 26, 30, "Days"),
        ("ana", 26, 27, "Nights"),
        ("ana", 28, 30, "Nights"),
        ("cyd", 27, 28, "Nights"),
    ]
