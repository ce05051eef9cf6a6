"""What strict fields take and refuse (reliability.md 4.2, 4.3)."""

from __future__ import annotations

from datetime import UTC, datetime, time
from itertools import product
from uuid import UUID

import pytest
from rest_framework.exceptions import ValidationError

from scaling.api.exceptions import field_errors
from tests.scaling.api.probe import ProbeBody

REF = "018f3c1e-7a10-7c55-9a41-0f6f2f1f9a01"
REFUSED = [
    ("name", None),
    ("name", ""),
    ("name", " \t\u00a0"),
    ("name", "\u200b\u2060\ufeff"),
    ("name", "\u3164"),
    ("name", "a" * 256),
    ("name", "a\0"),
    ("name", "\ud800"),
    ("name", 1),
    ("name", True),
    ("name", ["a"]),
    ("name", {"a": 1}),
    ("name", "a\u202eb"),
    ("name", "\u2066a\u2069"),
    *product(["name"], ["a\nb", "a\tb", "a\x1b[31mb", "a\x7fb", "a\x9bb"]),
    ("description", "a" * 10_001),
    ("description", 1),
    ("description", False),
    ("description", []),
    *product(["count"], [0, -1, 10_081, 1.5, 1.0, 1e400, True, False, None, [], {}]),
    *product(["count"], ["1", "01", " 1 ", "\uff11", "1_0", ""]),
    *product(["big"], [2**31, 2**63, 10**400, -1]),
    *product(["flag"], [0, 1, "true", None, []]),
    *product(["ref"], [1, True, None, "", "zzz", f"urn:uuid:{REF}", f"{{{REF}}}", REF.replace("-", "")]),
    ("ref", f"{REF}\n"),
    ("at", "2026-05-04T07:00:00"),
    ("at", "2026-05-04"),
    ("at", "2026-05-04T23:59:60Z"),
    ("at", "0000-05-04T07:00:00Z"),
    ("at", "10000-05-04T07:00:00Z"),
    ("at", "9999-12-31T23:59:59-12:00"),
    ("at", "2026-05-04T07:00:00+25:00"),
    ("at", "2026-05-04T07:00:00+02"),
    ("at", "2026-02-30T07:00:00Z"),
    ("at", "2026-05-04T07:00:00Z\n"),
    ("at", "\uff12026-05-04T07:00:00Z"),
    ("at", "2200-01-01T00:00:00Z"),
    ("at", 1_700_000_000),
    ("at", None),
    *product(["daily"], ["24:00", "9:00", "09:60", "09:00:00", "09:00\n", "\uff10\uff19:00", "", 900, None, []]),
    ("inner", []),
    ("inner", "one"),
    ("inner.kind", {"kind": "One"}),
    ("inner.kind", {"kind": True}),
    ("inner.kind", {"kind": None}),
    ("inner.kind", {"kind": ["one"]}),
    ("inner.kind", {}),
    ("inner.ids", {"kind": "one", "ids": []}),
    ("inner.ids", {"kind": "one", "ids": ["a"] * 4}),
    ("inner.ids", {"kind": "one", "ids": "abc"}),
    ("inner.ids", {"kind": "one", "ids": {"0": "a"}}),
    ("inner.ids.1", {"kind": "one", "ids": ["a", 1]}),
    ("inner.odd", {"kind": "one", "odd": 1}),
]
ACCEPTED = [
    ("name", " Café ", "Café"),
    ("name", "😀" * 255, "😀" * 255),
    ("name", "п\u0430ypal", "п\u0430ypal"),
    ("description", None, None),
    ("description", "", None),
    ("description", " a\u202e\n{{7*7}}", " a\u202e\n{{7*7}}"),
    ("description", "a" * 10_000, "a" * 10_000),
    ("count", 1, 1),
    ("count", 10_080, 10_080),
    ("big", 2**31 - 1, 2**31 - 1),
    ("flag", False, False),
    ("ref", REF, UUID(REF)),
    ("ref", REF.upper(), UUID(REF)),
    ("at", "2026-05-04T07:00:00Z", datetime(2026, 5, 4, 7, tzinfo=UTC)),
    ("at", "2026-05-04T09:00:00.5+02:00", datetime(2026, 5, 4, 7, 0, 0, 500_000, tzinfo=UTC)),
    ("at", "1970-01-01T00:00Z", datetime(1970, 1, 1, tzinfo=UTC)),
    ("daily", "00:00", time(0)),
    ("daily", "23:59", time(23, 59)),
]


def errors_of(body, **options):
    serializer = ProbeBody(data=body, **options)
    with pytest.raises(ValidationError) as refused:
        serializer.is_valid(raise_exception=True)
    return dict(field_errors(refused.value.detail))


@pytest.mark.parametrize(("path", "value"), REFUSED)
def test_what_a_field_cannot_take_is_refused_under_its_path(path, value):
    assert list(errors_of({"name": "a", path.partition(".")[0]: value})) == [path]


@pytest.mark.parametrize(("field", "sent", "kept"), ACCEPTED)
def test_what_a_field_takes_arrives_as_it_is_meant(field, sent, kept):
    serializer = ProbeBody(data={"name": "a", field: sent})
    serializer.is_valid(raise_exception=True)
    assert serializer.validated_data[field] == kept


@pytest.mark.parametrize("body", [[], "a", 1, True, [{"name": "a"}], None])
def test_a_body_that_is_no_object_is_refused_as_a_whole(body):
    assert list(errors_of(body)) == [""]


def test_every_mistake_of_a_body_is_told_at_once():
    assert set(errors_of({"count": "5", "nmae": "a", "inner": {"kind": 1}})) == {"name", "count", "nmae", "inner.kind"}


def test_what_the_server_sets_is_ignored():
    body = {"name": "a", "id": 1, "orgId": 2, "createdBy": 3, "createdAt": 4, "updatedAt": 5, "parentId": 6}
    serializer = ProbeBody(data=body)
    serializer.is_valid(raise_exception=True)
    assert serializer.validated_data == {"name": "a"}


def test_a_field_that_belongs_elsewhere_says_where():
    assert errors_of({"name": "a", "layers": []}) == {"layers": "Layers are written elsewhere."}


def test_a_partial_body_asks_for_nothing_and_returns_only_what_was_sent():
    serializer = ProbeBody(data={"description": ""}, partial=True)
    serializer.is_valid(raise_exception=True)
    assert serializer.validated_data == {"description": None}
    assert list(errors_of({"nmae": "a"}, partial=True)) == ["nmae"]


def test_a_part_of_a_partial_body_is_whole():
    assert list(errors_of({"inner": {}}, partial=True)) == ["inner.kind"]
    assert list(errors_of({"inner": {"ids": [1]}}, partial=True)) == ["inner.ids.0", "inner.kind"]
    assert ProbeBody(data={"inner": {"kind": "one"}}, partial=True).is_valid()
