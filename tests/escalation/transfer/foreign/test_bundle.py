"""A bundle is read by its manifest, and whatever is wrong with it is told with its place."""

from __future__ import annotations

import pytest

from escalation.transfer.foreign import bundle as bundles
from escalation.transfer.foreign.bundle import is_bundle, read_bundle
from escalation.transfer.foreign.items import Item
from escalation.transfer.reading import values
from escalation.transfer.reading.parsers import many, scalar
from escalation.transfer.reading.problems import Refused, Unreadable
from escalation.transfer.reading.sources import Source
from tests.escalation.transfer.foreign.bundles import bundle, sources


def told(files):
    """Return what reading these files is refused with."""
    with pytest.raises(Unreadable) as refused:
        read_bundle(files)
    return [str(problem) for problem in refused.value.problems]


def test_the_objects_of_a_kind_come_in_the_order_of_the_pages_with_whose_they_are():
    found = bundle(
        "pagerduty",
        ("overrides", {"overrides": [{"id": "1"}, {"id": "2"}]}, "S1"),
        ("users", {"users": [{"id": "U"}]}),
        ("overrides", {"overrides": [{"id": "3"}]}, "S2"),
    )
    assert [(of, item.read("id", values.text)) for of, item in found.each("overrides", "overrides")] == [
        ("S1", "1"),
        ("S1", "2"),
        ("S2", "3"),
    ]
    assert (found.source, found.account, found.fetched_at.isoformat()) == (
        "pagerduty",
        "acme",
        "2026-11-25T08:00:00+00:00",
    )


def test_a_manifest_may_say_over_how_long_and_what_is_missing():
    said = bundle("pagerduty", weeks=26, short=["users"])
    assert (said.weeks, said.short) == (26, ("users",))
    silent = bundle("pagerduty")
    assert (silent.weeks, silent.short) == (None, ())


def test_a_bundle_is_known_by_its_manifest():
    assert is_bundle(sources("goalert"))
    assert not is_bundle([Source("plan.json", b"{}")])


def test_what_is_missing_is_named():
    assert told([Source("users-1.json", b"{}")]) == ["manifest.json: is missing; it says what the other files are."]
    whole = sources("opsgenie", ("users", {}))
    assert told(whole[:1]) == ["manifest.json: names 'users-1.json', which is missing."]


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("formatVersion", 2, "manifest.json#/formatVersion: formatVersion: must be 1: no other is known here."),
        ("source", "victorops", "manifest.json#/source: source: must be one of"),
        ("fetchedAt", "yesterday", "manifest.json#/fetchedAt: fetchedAt:"),
        ("token", "secret", "manifest.json#/token: token: is no field here"),
    ],
)
def test_a_manifest_that_says_what_nobody_knows_is_refused(field, value, message):
    (problem,) = told(sources("pagerduty", **{field: value}))
    assert problem.startswith(message)


def test_a_page_that_is_no_json_is_refused_at_its_place():
    files = sources("pagerduty", ("users", {}))
    assert told([files[0], Source("users-1.json", b"{,}")])[0].startswith("users-1.json:1:2: is no JSON")


def test_too_much_is_refused(monkeypatch):
    monkeypatch.setattr(bundles, "MAX_BYTES", 10)
    assert "too large" in told(sources("pagerduty"))[0]


def test_whatever_is_wrong_with_objects_is_told_with_pointers():
    found = bundle("opsgenie", ("users", {"data": [{"id": 7, "inner": {"a": [1]}}]}), ("users", {"data": "none"}))
    (item,) = [item for _, item in found.each("users", "data")]
    for wrong in (
        lambda: item.read("id", values.text),
        lambda: item.read("name", values.text),
        lambda: item.inner("id"),
        lambda: list(item.inner("inner").each("a")),
    ):
        with pytest.raises(Refused):
            wrong()
    assert [str(problem) for problem in found.problems] == [
        "users-2.json#/data: data: must be a list.",
        "users-1.json#/data/0/id: id: must be text; in quotes, if it looks like something else.",
        "users-1.json#/data/0: name: is missing.",
        "users-1.json#/data/0/id: must be an object.",
        "users-1.json#/data/0/inner/a/0: must be an object.",
    ]


def test_what_may_be_missing_has_a_default_and_what_is_shown_is_plain():
    found = bundle("opsgenie", ("users", {"data": [{"id": "7", "name": None, "inner": {"a": [1, "b"]}}]}))
    (item,) = [item for _, item in found.each("users", "data")]
    assert isinstance(item, Item)
    assert item.read("name", values.text, None) is None
    assert item.inner("other") is None
    assert list(item.each("other")) == []
    assert item.plain("inner") == {"a": [1, "b"]}
    assert item.shown() == {"id": "7", "name": None, "inner": {"a": [1, "b"]}}
    assert item.path_of("inner") == "users-1.json#/data/0/inner"
    assert item.path_of("other") == item.path == "users-1.json#/data/0"


def test_lists_of_values_are_read_by_parsers():
    found = bundle("opsgenie", ("users", {"data": [{"ids": ["1", "2"], "none": None, "bad": ["1", 2]}]}))
    (item,) = [item for _, item in found.each("users", "data")]
    texts = many(scalar(values.text))
    assert item.parsed("ids", texts, ()) == ("1", "2")
    assert item.parsed("none", texts, ()) == item.parsed("other", texts, ()) == ()
    with pytest.raises(Refused):
        item.parsed("bad", texts, ())
    assert [str(problem.place) for problem in found.problems] == ["users-1.json#/data/0/bad/1"]
