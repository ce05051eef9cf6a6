"""Each product's bundle is read by its own reader."""

from __future__ import annotations

import pytest

from escalation.transfer.foreign.bundle import PRODUCTS
from escalation.transfer.foreign.readers import READERS, read_foreign
from escalation.transfer.reading.problems import Unreadable
from tests.escalation.transfer.foreign.bundles import sources


def test_every_product_has_a_reader():
    assert set(READERS) == set(PRODUCTS)


@pytest.mark.parametrize("product", READERS)
def test_a_bundle_of_nothing_says_nothing(product):
    arrival = read_foreign(sources(product))
    assert (arrival.document.users, arrival.document.schedules, arrival.document.policies) == ((), (), ())
    assert (arrival.findings, arrival.refs, arrival.timelines) == ((), {}, {})


def test_what_is_not_as_the_product_answers_is_refused_all_at_once_with_its_places():
    page = {"users": [{"id": 7, "email": "ana@example.org"}, {"id": "U2", "email": 8}]}
    with pytest.raises(Unreadable) as refused:
        read_foreign(sources("pagerduty", ("users", page), ("schedule", {"schedules": []})))
    assert [str(problem) for problem in refused.value.problems] == [
        "users-1.json#/users/0/id: id: must be text; in quotes, if it looks like something else.",
        "users-1.json#/users/1/email: email: must be text; in quotes, if it looks like something else.",
        "schedule-2.json#: has no schedule.",
    ]
