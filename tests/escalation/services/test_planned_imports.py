"""Imports planned in the admin are kept for a day."""

from __future__ import annotations

from datetime import timedelta

import pytest

from escalation.models import PlannedImport
from escalation.services.planned_imports import KEPT_FOR, discard_import, forget_old_imports
from scaling.errors import NotFound
from tests.escalation.plans import NOW
from tests.factories.escalation import PlannedImportFactory

pytestmark = pytest.mark.django_db

LONG_AGO = NOW - KEPT_FOR - timedelta(seconds=1)


def test_what_is_older_than_a_day_is_forgotten():
    PlannedImportFactory(title="old", created_at=LONG_AGO)
    PlannedImportFactory(title="new", created_at=NOW - KEPT_FOR)
    PlannedImportFactory(title="old report", created_at=LONG_AGO, applied_by="user_ada", applied_at=LONG_AGO)
    PlannedImportFactory(title="new report", created_at=LONG_AGO, applied_by="user_ada", applied_at=NOW - KEPT_FOR)
    forget_old_imports(NOW)
    assert set(PlannedImport.objects.values_list("title", flat=True)) == {"new", "new report"}


def test_forgetting_takes_one_statement(django_assert_num_queries):
    PlannedImportFactory.create_batch(5, created_at=LONG_AGO)
    with django_assert_num_queries(1):
        forget_old_imports(NOW)


def test_one_of_another_organization_is_unknown(organization):
    theirs = PlannedImportFactory()
    with pytest.raises(NotFound):
        discard_import(organization_id=organization.id, import_id=theirs.pk)
    assert PlannedImport.objects.exists()
