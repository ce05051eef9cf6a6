"""What all pages of the admin share: services write, refusals are shown, and nothing is found out by trying."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from unfold.admin import ModelAdmin

from accounts.acting import acting
from accounts.admin.history import AuditedPages
from scaling.errors import DomainError, InvalidInput, NameConflict

Row = TypeVar("Row", bound=models.Model)

# What the stock filters and date hierarchies add to the name of the field they filter by.
_FILTER_SUFFIXES = frozenset({"exact", "id__exact", "isnull", "isempty", "gte", "lt", "year", "month", "day"})
_REFUSAL = "_refusal"


class ServiceForm(forms.ModelForm[Any]):
    """A form whose values a service writes. What the service refused is shown beside the field it named.

    ``said_of`` has the fields that services name otherwise, by the name they use.
    """

    refusal: DomainError | None = None
    said_of: ClassVar[Mapping[str, str]] = {}

    def clean(self) -> dict[str, Any] | None:
        """Add what the service said to the first attempt, if there was one."""
        cleaned = super().clean()
        for named, message in _complaints(self.refusal):
            field, told = self.place_of(self.said_of.get(named, named), message)
            if field in self.fields:
                self.add_error(field, told)
            else:
                self.add_error(None, f"{field}: {told}" if field else told)
        return cleaned

    def place_of(self, named: str, message: str) -> tuple[str, str]:
        """Return the field of which a service said something, and what to say beside it."""
        return named, message


class ServiceAdmin(AuditedPages[Row], ModelAdmin, admin.ModelAdmin[Row]):  # type: ignore[misc]  # unfold has no types
    """An admin page over services.

    ``save_model`` and its like call services and may raise ``DomainError``: then nothing is stored, and the form
    comes back with what was typed and the refusal on it; deletions and actions answer with a message. An id that
    does not exist, or not for this session, is a plain 404. Lists can be filtered by what they offer and nothing
    else, as a filter over any column tells its contents (B132).
    """

    form = ServiceForm
    list_per_page = 50

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show or save the form; a save that a service refuses becomes the form again."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except DomainError as refusal:
            setattr(request, _REFUSAL, refusal)
            return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(
        self, request: HttpRequest, obj: Row | None = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm[Row]]:
        """Return the form class, which knows of a refusal."""
        form = super().get_form(request, obj, change=change, **kwargs)
        form.refusal = refusal_of(request)  # type: ignore[attr-defined]  # subclasses of ServiceForm
        return form

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask, and delete."""
        return self._or_refused(
            request, lambda: super(ServiceAdmin, self).delete_view(request, object_id, extra_context)
        )

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the list, or run an action on rows of it: on all that were chosen, or on none."""
        return self._or_refused(request, lambda: super(ServiceAdmin, self).changelist_view(request, extra_context))

    def _or_refused(self, request: HttpRequest, view: Callable[[], HttpResponse]) -> HttpResponse:
        try:
            return transaction.atomic(view)() if request.method == "POST" else view()
        except DomainError as refusal:
            self.message_user(request, refusal.message, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Row:
        """Return the row.

        Raises:
            Http404: it does not exist for this session.
        """
        found = super().get_object(request, object_id, from_field)
        if found is None:
            raise Http404
        return found

    def row_for(self, request: HttpRequest, object_id: str, is_allowed: bool) -> Row:
        """Return the row an address of its own is about.

        Raises:
            Http404: it does not exist for this session.
            PermissionDenied: it does, and the session may not do that.
        """
        row = self.get_object(request, unquote(object_id))
        if not is_allowed:
            raise PermissionDenied
        return row

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Allow to filter by what the page offers as a filter."""
        own = {
            item.parameter_name
            for item in self.list_filter
            if isinstance(item, type) and hasattr(item, "parameter_name")
        }
        filters: Any = [item for item in self.list_filter if not isinstance(item, type)]
        offered = {self.date_hierarchy, *(item if isinstance(item, str) else item[0] for item in filters)}
        if lookup in offered or lookup in own:
            return True
        return any(lookup == f"{field}__{suffix}" for field in offered for suffix in _FILTER_SUFFIXES)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show the section to whoever may look at something in it."""
        return self.has_view_or_change_permission(request)


class OperatorAdmin(ServiceAdmin[Row]):
    """Pages for the operators of the installation alone: to others no row exists, so that trying ids tells nothing."""

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Row]:
        """Return all rows to operators, and none to others."""
        rows = super().get_queryset(request)
        return rows if acting(request).is_operator else rows.none()

    def has_view_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """Operators may look."""
        return acting(request).is_operator

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Operators may add."""
        return acting(request).is_operator

    def has_change_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """Operators may change."""
        return acting(request).is_operator

    def has_delete_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """Operators may delete, where a page does not say otherwise."""
        return acting(request).is_operator


def refusal_of(request: HttpRequest) -> DomainError | None:
    """Return what a service said to the first attempt to save the form of this request."""
    refusal: DomainError | None = getattr(request, _REFUSAL, None)
    return refusal


def become(row: models.Model, written: models.Model) -> None:
    """Make ``row``, which the admin goes on with, the row that a service has written."""
    row.__dict__.update(written.__dict__)


def _complaints(refusal: DomainError | None) -> list[tuple[str, str]]:
    if isinstance(refusal, InvalidInput):
        return list(refusal.errors)
    if isinstance(refusal, NameConflict):
        return [("name", refusal.message)]
    return [] if refusal is None else [("", refusal.message)]
