"""The status of an incident goes one step forward at a time."""

from __future__ import annotations

from itertools import pairwise

import pytest

from incidents.domain.lifecycle import RESOLVED, STATUSES, next_status


def test_the_statuses_are_those_of_the_contract():
    assert STATUSES == ("investigating", "identified", "monitoring", "resolved")


@pytest.mark.parametrize(("status", "following"), list(pairwise(STATUSES)))
def test_each_status_leads_to_the_next_one_only(status: str, following: str):
    assert next_status(status) == following


def test_resolved_leads_nowhere():
    assert next_status(RESOLVED) is None


def test_a_status_that_is_none_is_refused():
    with pytest.raises(ValueError, match="not in tuple"):
        next_status("bogus")
