"""What the threads that send notices tidy up beside them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from escalation.models import PlannedImport
from escalation.services.planned_imports import KEPT_FOR
from incidents.notices.pool import NoticePool
from tests.factories.escalation import PlannedImportFactory
from tests.incidents.notices.working import StandingClock
from tests.incidents.running import START

pytestmark = pytest.mark.django_db


def test_imports_that_were_planned_long_ago_are_forgotten():
    PlannedImportFactory(created_at=START - KEPT_FOR - timedelta(seconds=1))
    NoticePool(StandingClock(START))._tidy(START)
    assert not PlannedImport.objects.exists()
