"""The history of a row: what the audit log says of it, and of what is shown on its page."""

from __future__ import annotations

from typing import Any, Final, TypeVar

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from accounts.acting import acting
from accounts.admin.newest import MOST_ROWS, NewestPaginator
from accounts.history import load_entries
from accounts.models import Organization
from scaling.audit.registry import confidential_kinds
from scaling.models import AuditEvent

Row = TypeVar("Row", bound=models.Model)

PAGE_SIZE: Final = 50


class AuditedPages(admin.ModelAdmin[Row]):
    """Shows the audit log as the history of a row, to whoever may view the row.

    Django's own log is not written: it knows of nothing but these pages, and not what was there before.
    """

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show what happened to the row, the newest first.

        Raises:
            Http404: the row does not exist for this session.
            PermissionDenied: the session may not view it.
        """
        row: Any = self.get_object(request, unquote(object_id))
        if not self.has_view_or_change_permission(request, row):
            raise PermissionDenied
        page = NewestPaginator(history_of(row, request), PAGE_SIZE).get_page(request.GET.get("p"))
        context = {
            **self.admin_site.each_context(request),
            "title": f"History of {row}",
            "entries": load_entries(page.object_list, _organization_of(row)),
            "page": page,
            "most_rows": MOST_ROWS,
            "object": row,
            "opts": self.opts,
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/history.html", context)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Leave it to the audit log."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Leave it to the audit log."""

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """Leave it to the audit log."""


def history_of(row: models.Model, request: HttpRequest) -> models.QuerySet[AuditEvent]:
    """Return the events shown on the page of ``row``; to members, none that only admins may read."""
    events = AuditEvent.objects.filter(subject_kind=row._meta.label_lower, subject_id=str(row.pk))
    session = acting(request)
    if session.is_admin or session.is_operator:
        return events
    return events.exclude(kind__in=confidential_kinds())


def _organization_of(row: models.Model) -> str | None:
    return row.pk if isinstance(row, Organization) else getattr(row, "organization_id", None)
