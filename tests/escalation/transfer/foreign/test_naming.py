"""Names and numbers out of other products."""

from __future__ import annotations

import pytest

from escalation.transfer.foreign.naming import fitting_name, person_names, seen_name, unique_names
from escalation.transfer.foreign.numbers import international_number


@pytest.mark.parametrize(
    ("name", "seen"),
    [(" Ops  EU ", "Ops  EU"), ("a\nb", "a b"), ("\u202eevil", "evil"), ("", ""), ("\u200b\u200b", ""), ("\t", "")],
)
def test_a_name_is_what_is_seen_of_it(name, seen):
    assert seen_name(name) == seen


def test_a_cut_name_does_not_end_in_a_space():
    assert fitting_name("x" * 254 + " y") == "x" * 254
    assert fitting_name("ab", " (2)") == "ab (2)"


def test_equal_names_are_numbered():
    assert unique_names(["Day", "day", "DAY (2)", "Night", "Day"]) == (
        "Day",
        "day (2)",
        "DAY (2) (2)",
        "Night",
        "Day (3)",
    )
    first, second = unique_names(["x" * 300, "x" * 300])
    assert (len(first), len(second), second[-5:]) == (255, 255, "x (2)")


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("Ana Ruiz Gómez", ("Ana", "Ruiz Gómez")),
        ("  Ana  ", ("Ana", "")),
        ("", ("", "")),
        ("\u200b Ruiz", ("Ruiz", "")),
        ("x" * 200 + " " + "y" * 200, ("x" * 150, "y" * 150)),
    ],
)
def test_the_first_word_of_a_name_is_the_first_name(name, names):
    assert person_names(name) == names


@pytest.mark.parametrize(
    ("number", "code", "international"),
    [
        ("600 000 001", "34", "+34600000001"),
        ("(415) 555-0100", "+1", "+14155550100"),
        ("+34 600 000 001", "1", "+34600000001"),
        ("600000001", "", None),
        ("12", "34", None),
        ("1" * 16, "34", None),
        ("redacted", "34", None),
    ],
)
def test_numbers_are_written_with_their_country(number, code, international):
    assert international_number(number, code) == international
