"""Fields of other products are read into values that can be counted with."""

from __future__ import annotations

from datetime import timedelta

import pytest

from escalation.transfer.foreign.fields import minutes, natural, needed, seconds, text_in
from escalation.transfer.foreign.items import Item
from escalation.transfer.reading.problems import Refused
from scaling.errors import InvalidInput
from tests.escalation.transfer.foreign.bundles import bundle


def item_of(**fields):
    """Return an item with these fields."""
    made = bundle("pagerduty", ("things", fields))
    return Item(made.contents[0].content, made.problems)


def test_the_first_text_that_says_anything_counts():
    item = item_of(name="", summary="Ana", id="1")
    assert text_in(item, "title", "name", "summary", "id") == "Ana"
    assert text_in(item, "title") == ""


def test_what_is_needed_has_to_be_there():
    assert needed(item_of(user={"id": "1"}), "user").plain("id") == "1"
    with pytest.raises(Refused):
        needed(item_of(user=None), "user")


@pytest.mark.parametrize("value", [-1, True, 1.5, "1", None])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(InvalidInput):
        natural(value)


def test_durations_are_as_long_as_anything_can_last():
    assert (seconds(90), minutes(5)) == (timedelta(seconds=90), timedelta(minutes=5))
    assert seconds(10**30) == minutes(10**30) == timedelta(minutes=10**7)
