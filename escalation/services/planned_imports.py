"""Imports planned in the admin, which are kept for a day."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Q

from escalation.models import PlannedImport
from scaling.errors import NotFound

KEPT_FOR: Final = timedelta(days=1)


def discard_import(*, organization_id: str, import_id: UUID) -> None:
    """Forget an import: its plan, or its report. What was imported stays. One statement.

    Raises:
        NotFound: none is kept.
    """
    deleted, _ = PlannedImport.objects.for_organization(organization_id).filter(pk=import_id).delete()
    if not deleted:
        raise NotFound.of("import")


def forget_old_imports(now: datetime) -> None:
    """Forget what was planned a day ago and not applied, and what was applied a day ago. One statement."""
    old = now - KEPT_FOR
    PlannedImport.objects.filter(Q(applied_at__lt=old) | Q(applied_at__isnull=True, created_at__lt=old)).delete()
