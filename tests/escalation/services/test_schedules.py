from __future__ import annotations

from uuid import uuid4

import pytest

from escalation.errors import ScheduleInUse
from escalation.models import Override, Rotation, RotationParticipant, Schedule
from escalation.services import create_schedule, delete_schedule, update_schedule
from incidents.models import ScheduleUse
from scaling.api.preconditions import etag_of
from scaling.errors import InvalidInput, NameConflict, NotFound, PreconditionFailed
from tests.escalation.plans import LATER, NOW, escalation_in
from tests.factories.accounts import OrganizationFactory
from tests.factories.escalation import LayerFactory, OverrideFactory, RotationFactory, ScheduleFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def schedule(organization):
    return ScheduleFactory(organization=organization, name="Primary", created_at=NOW)


def _create(organization, **fields):
    return create_schedule(
        organization_id=organization.id,
        actor_id="key_ci",
        now=NOW,
        **{"name": "Primary", "timezone": "Europe/Berlin", **fields},
    )


def _update(schedule, **changes):
    return update_schedule(organization_id=schedule.organization_id, schedule_id=schedule.id, now=LATER, **changes)


def _delete(schedule, **options):
    delete_schedule(organization_id=schedule.organization_id, schedule_id=schedule.id, **options)


def _use(schedule):
    return ScheduleUse.objects.create(
        organization=schedule.organization, escalation=escalation_in(schedule.organization), schedule=schedule
    )


def test_a_schedule_is_created(organization):
    schedule = _create(organization, name=" Billing primary ", timezone="America/Argentina/Ushuaia")

    schedule.refresh_from_db()
    assert (schedule.name, schedule.description) == ("Billing primary", None)
    assert (schedule.timezone, schedule.created_by) == ("America/Argentina/Ushuaia", "key_ci")
    assert (schedule.version, schedule.created_at, schedule.updated_at) == (1, NOW, NOW)


@pytest.mark.parametrize("timezone", ["UTC", "Etc/UTC", "US/Eastern", "Asia/Kathmandu"])
def test_a_place_is_a_time_zone(organization, timezone):
    assert _create(organization, timezone=timezone).timezone == timezone


_NO_PLACES = (
    "EST CET EST5EDT GMT GMT+5 Etc/GMT+5 Factory localtime posixrules Zulu europe/berlin Europe/Atlantis +02:00"
)


@pytest.mark.parametrize("timezone", ["", " Europe/Berlin", "../Europe/Berlin", *_NO_PLACES.split()])
def test_what_is_no_place_is_no_time_zone(organization, timezone):
    with pytest.raises(InvalidInput, match="timezone"):
        _create(organization, timezone=timezone)


def test_a_name_is_unique_in_the_organization(organization, schedule):
    with pytest.raises(NameConflict):
        _create(organization, name="PRIMARY")

    assert _create(OrganizationFactory(), name="Primary").name == "Primary"


def test_only_what_is_given_changes(schedule):
    _update(schedule, timezone="Europe/Paris")

    schedule.refresh_from_db()
    assert (schedule.name, schedule.timezone) == ("Primary", "Europe/Paris")
    assert (schedule.version, schedule.created_at, schedule.updated_at) == (2, NOW, LATER)


def test_a_change_that_changes_nothing_leaves_no_trace(schedule):
    _update(schedule, name="Primary ", description="", timezone="Europe/Berlin")

    schedule.refresh_from_db()
    assert (schedule.version, schedule.updated_at) == (1, NOW)


def test_a_rename_to_another_schedules_name_is_refused(organization, schedule):
    ScheduleFactory(organization=organization, name="Secondary")

    with pytest.raises(NameConflict):
        _update(schedule, name="secondary")


@pytest.mark.parametrize("change", [_update, _delete])
def test_a_stale_version_is_refused(schedule, change):
    stale = etag_of(schedule)
    _update(schedule, name="Secondary")

    with pytest.raises(PreconditionFailed):
        change(schedule, if_match=stale)


@pytest.mark.parametrize("change", [_update, _delete])
def test_a_schedule_is_found_in_its_organization_only(schedule, change):
    schedule.organization_id = OrganizationFactory().id
    with pytest.raises(NotFound):
        change(schedule)

    schedule.refresh_from_db()
    schedule.id = uuid4()
    with pytest.raises(NotFound):
        change(schedule)


def test_a_schedule_nothing_names_is_deleted(schedule):
    _delete(schedule)

    assert not Schedule.objects.exists()


def test_a_schedule_is_deleted_with_its_rotations_and_overrides(schedule, member):
    rotation = RotationFactory(schedule=schedule, people=[member])
    OverrideFactory(schedule=schedule, rotation=rotation)
    OverrideFactory(schedule=schedule)
    kept = RotationFactory(schedule__organization=schedule.organization, people=[member])

    _delete(schedule)

    assert Rotation.objects.get() == kept
    assert RotationParticipant.objects.get().rotation == kept
    assert not Override.objects.exists()


def test_a_paging_mode_is_one_of_two(organization, schedule):
    assert schedule.paging_mode == "all"
    assert _update(schedule, paging_mode="first").paging_mode == "first"
    with pytest.raises(InvalidInput, match="paging_mode"):
        _create(organization, name="Other", paging_mode="last")


def test_a_schedule_that_a_layer_targets_is_not_deleted(schedule):
    LayerFactory(policy__organization=schedule.organization, schedule=schedule)

    with pytest.raises(ScheduleInUse, match="layer"):
        _delete(schedule)

    assert Schedule.objects.filter(id=schedule.id).exists()


def test_a_schedule_that_a_running_escalation_uses_is_not_deleted(schedule):
    use = _use(schedule)

    with pytest.raises(ScheduleInUse, match="incident"):
        _delete(schedule)

    use.delete()
    _delete(schedule)
    assert not Schedule.objects.exists()
