from __future__ import annotations

from datetime import time
from uuid import uuid4

import pytest

from escalation.domain.model import Window
from escalation.errors import WorkingHoursInUse
from escalation.models import WorkingHours
from escalation.services import create_working_hours, delete_working_hours, update_working_hours
from incidents.models import HoursUse
from scaling.api.preconditions import etag_of
from scaling.errors import NameConflict, NotFound, PreconditionFailed
from tests.escalation.plans import LATER, NOW, escalation_in, refused
from tests.factories.accounts import OrganizationFactory
from tests.factories.escalation import LayerFactory, WorkingHoursFactory

pytestmark = pytest.mark.django_db

OFFICE = Window(days=frozenset({1, 2, 3, 4, 5}), start=time(9), end=time(17))
STORED = [{"days": [1, 2, 3, 4, 5], "start": "09:00", "end": "17:00"}]


@pytest.fixture
def hours(organization):
    return WorkingHoursFactory(organization=organization, name="Office", created_at=NOW)


def _create(organization, **fields):
    office = {"name": "Office", "timezone": "Europe/Berlin", "windows": [OFFICE]}
    return create_working_hours(organization_id=organization.id, actor_id="key_ci", now=NOW, **{**office, **fields})


def _update(hours, **changes):
    return update_working_hours(organization_id=hours.organization_id, hours_id=hours.id, now=LATER, **changes)


def _delete(hours, **options):
    delete_working_hours(organization_id=hours.organization_id, hours_id=hours.id, **options)


def test_working_hours_are_created(organization):
    hours = _create(organization, name=" Office ")

    hours.refresh_from_db()
    assert (hours.name, hours.timezone, hours.windows) == ("Office", "Europe/Berlin", STORED)
    assert (hours.version, hours.created_by, hours.created_at, hours.updated_at) == (1, "key_ci", NOW, NOW)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"),
        ({"timezone": "EST"}, "timezone"),
        ({"timezone": "+02:00"}, "timezone"),
        ({"timezone": "Europe/Atlantis"}, "timezone"),
        ({"windows": []}, "windows"),
        ({"windows": [OFFICE, OFFICE]}, "windows.1"),
    ],
)
def test_an_unusable_value_is_named(organization, hours, fields, field):
    assert refused(_create, organization, **{"name": "New", **fields}) == [field]
    assert refused(_update, hours, **fields) == [field]
    assert WorkingHours.objects.get() == hours


def test_a_name_is_unique_in_the_organization(organization, hours):
    with pytest.raises(NameConflict):
        _create(organization, name="OFFICE")
    other = _create(organization, name="Nights")
    with pytest.raises(NameConflict):
        _update(other, name="office")

    assert _create(OrganizationFactory()).name == "Office"


def test_only_what_is_given_changes(hours):
    _update(hours, timezone="Europe/Paris")

    hours.refresh_from_db()
    assert (hours.name, hours.timezone, hours.windows) == ("Office", "Europe/Paris", STORED)
    assert (hours.version, hours.created_at, hours.updated_at) == (2, NOW, LATER)


def test_a_change_that_changes_nothing_leaves_no_trace(hours):
    _update(hours, name="Office ", windows=[OFFICE])

    hours.refresh_from_db()
    assert (hours.version, hours.updated_at) == (1, NOW)


@pytest.mark.parametrize("change", [_update, _delete])
def test_a_stale_version_is_refused(hours, change):
    stale = etag_of(hours)
    _update(hours, name="Nights")

    with pytest.raises(PreconditionFailed):
        change(hours, if_match=stale)


@pytest.mark.parametrize("change", [_update, _delete])
def test_working_hours_are_found_in_their_organization_only(hours, change):
    hours.organization_id = OrganizationFactory().id
    with pytest.raises(NotFound):
        change(hours)

    hours.refresh_from_db()
    hours.id = uuid4()
    with pytest.raises(NotFound, match="working hours"):
        change(hours)


def test_working_hours_nothing_names_are_deleted(hours):
    _delete(hours)

    assert not WorkingHours.objects.exists()


def test_working_hours_that_a_layer_names_are_not_deleted(hours):
    LayerFactory(policy__organization=hours.organization, working_hours=hours)

    with pytest.raises(WorkingHoursInUse, match="layer"):
        _delete(hours)

    assert WorkingHours.objects.filter(id=hours.id).exists()


def test_working_hours_that_a_running_escalation_uses_are_not_deleted(hours):
    use = HoursUse.objects.create(
        organization=hours.organization, escalation=escalation_in(hours.organization), hours=hours
    )

    with pytest.raises(WorkingHoursInUse, match="incident"):
        _delete(hours)

    use.delete()
    _delete(hours)
    assert not WorkingHours.objects.exists()
