"""The migration by which changes of status that are past become updates, and its way back."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

import pytest
from django.db import connection

from incidents import migrations
from incidents.models import IncidentUpdate, TimelineEvent
from tests.factories.incidents import NIGHT, TimelineEventFactory

pytestmark = pytest.mark.django_db

# Its number is its place among the others, and none of its business.
(NAME,) = (one.name for one in iter_modules(migrations.__path__) if one.name.endswith("_past_status_changes"))
MIGRATION = import_module(f"{migrations.__name__}.{NAME}")


def run(*statements):
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def test_a_past_change_of_status_becomes_an_update_and_goes_back():
    details = {"status": "identified", "resolutionNote": "Disk is full"}
    event = TimelineEventFactory(type="status_changed", actor_id="user_ada", details=details)
    opened = TimelineEventFactory(incident=event.incident, details={"status": "investigating"})

    run(MIGRATION.WRITE, MIGRATION.POINT)
    update = IncidentUpdate.objects.get()
    assert (update.body, update.status_change, update.posted_by) == ("Disk is full", "identified", "user_ada")
    assert (update.incident_id, update.posted_at, update.visibility) == (event.incident_id, NIGHT, "internal")
    told = {row.pk: row.details for row in TimelineEvent.objects.all()}
    assert told == {event.pk: {"status": "identified", "updateId": str(update.pk)}, opened.pk: opened.details}

    run(MIGRATION.BACK)
    assert TimelineEvent.objects.get(pk=event.pk).details == details
