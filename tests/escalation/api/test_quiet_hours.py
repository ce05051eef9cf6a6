"""A person's quiet hours over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from escalation.models import QuietHours
from tests.factories.escalation import QuietHoursFactory

pytestmark = pytest.mark.django_db

NIGHT = {"days": [1, 2, 3, 4, 5, 6, 7], "start": "22:00", "end": "07:00"}
HOURS = {"timezone": "Europe/Berlin", "windows": [NIGHT]}


@pytest.fixture
def path(member):
    return f"/v1/users/{member.user_id}/quiet-hours"


def told(response):
    return response.json()["data"]["quietHours"]


def test_they_are_off_until_they_are_set_and_null_turns_them_off_again(api, path):
    assert told(api.get(path)) is None
    assert told(api.put(path, {"quietHours": HOURS})) == HOURS
    assert told(api.get(path)) == HOURS
    assert told(api.put(path, {"quietHours": None})) is None
    assert not QuietHours.objects.exists()


_NO_WINDOWS: list[Any] = [None, [], {}, "22:00", [NIGHT] * 51]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "quietHours"),
        ({"quietHours": []}, "quietHours"),
        ({"quietHours": "22:00"}, "quietHours"),
        ({"quietHours": {**HOURS, "name": "x"}}, "quietHours.name"),
        *(
            ({"quietHours": {**HOURS, "timezone": zone}}, "quietHours.timezone")
            for zone in (None, "", 1, "Mars/Base", "EST", "Etc/GMT+5", "+02:00", "europe/berlin", "x" * 65)
        ),
        *(({"quietHours": {**HOURS, "windows": windows}}, "quietHours.windows") for windows in _NO_WINDOWS),
        ({"quietHours": {**HOURS, "windows": [NIGHT, NIGHT]}}, "quietHours.windows.1"),
        *(
            ({"quietHours": {**HOURS, "windows": [{**NIGHT, name: value}]}}, f"quietHours.windows.0.{name}")
            for name, values in {
                "days": (None, [], [1, 1]),
                "start": ("24:00", "7:00", 7, None),
                "end": ("22",),
            }.items()
            for value in values
        ),
    ],
)
def test_bad_input_is_named_and_changes_nothing(api, path, member, body, field):
    QuietHoursFactory(membership=member, timezone="UTC")
    response = api.put(path, body)

    assert (response.status_code, response.json()["code"]) == (422, "validation_error")
    assert [error["field"] for error in response.json()["errors"]] == [field]
    assert QuietHours.objects.get().timezone == "UTC"


def test_their_tag_guards_them(api, path):
    tag = api.get(path)["ETag"]
    assert api.put(path, {"quietHours": HOURS}, headers={"If-Match": tag}).status_code == 200
    for body in ({"quietHours": None}, {"quietHours": HOURS}):
        assert api.put(path, body, headers={"If-Match": tag}).status_code == 412
    assert api.put(path, {"quietHours": None}, headers={"If-Match": api.get(path)["ETag"]}).status_code == 200
    assert api.get(path)["ETag"] == tag


@pytest.mark.parametrize("size", [1, 7])
def test_reading_and_setting_cost_the_same_for_any_number_of_windows(api, path, size, django_assert_num_queries):
    windows = [{**NIGHT, "days": [day]} for day in range(1, size + 1)]
    with django_assert_num_queries(13):
        api.put(path, {"quietHours": {**HOURS, "windows": windows}})
    with django_assert_num_queries(3):
        assert len(told(api.get(path))["windows"]) == size
