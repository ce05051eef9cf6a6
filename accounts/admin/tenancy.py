"""Admin pages of tenant rows: nothing of another organization is shown, offered or accepted (design D11).

A page registered on ``TenantAdmin`` needs no thought about tenancy: rows, autocompletes, choices of foreign keys and
filters are limited to the organization the session acts in, and a new row belongs to it. Admins of the organization
may do everything a page offers; what its members may, the page says in ``member_may``.
"""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import BaseModelAdmin, InlineModelAdmin
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from unfold.admin import StackedInline, TabularInline

from accounts.acting import acting
from accounts.admin.base import ServiceAdmin, ServiceForm
from accounts.models import Organization

Row = TypeVar("Row", bound=models.Model)
Parent = TypeVar("Parent", bound=models.Model)

VIEW = frozenset({"view"})
EVERYTHING = frozenset({"view", "add", "change", "delete"})

STALE = (
    "Somebody else has changed this since you opened it, so nothing was saved. "
    "Open it again in another tab, and repeat there what you changed here."
)

_OPENED_IN = "opened_in"


def rows_of_organization(rows: models.QuerySet[Any], request: HttpRequest) -> models.QuerySet[Any]:
    """Keep the rows of the organization the session acts in; of what belongs to no organization, none."""
    organization_id = acting(request).organization_id
    if issubclass(rows.model, Organization):
        return rows.filter(pk=organization_id)
    if _has_organization(rows.model):
        return rows.filter(organization_id=organization_id)
    return rows.none()


def _has_organization(model: type[models.Model]) -> bool:
    return any(field.name == "organization" and field.related_model is Organization for field in model._meta.fields)


class TenantForm(ServiceForm):
    """A form whose new row belongs to the organization from the start."""

    organization_id: str | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding and self.organization_id is not None:
            self.instance.organization_id = self.organization_id


class TenantFormSet(forms.BaseInlineFormSet[Any, Any, Any]):
    """Rows of an inline, which belong to the organization of the row above them.

    An id that is sent is looked up among the rows below that one and nowhere else; Django's own field would take that
    of any row, and then write a new one.
    """

    def add_fields(self, form: Any, index: int | None) -> None:
        """Take the id of a row as it is sent."""
        super().add_fields(form, index)
        own_id = None if form.instance._state.adding else form.instance.pk
        form.fields["id"] = forms.UUIDField(required=False, initial=own_id, widget=forms.HiddenInput)

    def clean(self) -> None:
        """Refuse the id of a row that is not there, or no more."""
        super().clean()
        if any(form.instance._state.adding for form in self.initial_forms):
            raise forms.ValidationError(STALE)

    def save_new(self, form: Any, commit: bool = True) -> Any:
        """Return the new row."""
        form.instance.organization_id = self.instance.organization_id
        return super().save_new(form, commit)


class TenantRelatedFilter(admin.RelatedFieldListFilter):
    """A filter by a related row that offers rows of the organization only."""

    def field_choices(
        self, field: Any, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> list[tuple[str, Any]]:
        """Return the choices."""
        rows = rows_of_organization(field.related_model._default_manager.all(), request)
        choices: list[tuple[str, Any]] = field.get_choices(
            include_blank=False,
            ordering=self.field_admin_ordering(field, request, model_admin),
            limit_choices_to={"pk__in": rows.values("pk")},
        )
        return choices


class _LimitedToOrganization(BaseModelAdmin[Row]):
    """What pages and inlines have in common."""

    member_may: ClassVar[frozenset[str]] = frozenset()
    exclude = ("organization",)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Row]:
        """Return the rows of the organization the session acts in."""
        return rows_of_organization(super().get_queryset(request), request)

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> models.QuerySet[Any]:
        """Return what a foreign key or a many-to-many field offers and accepts."""
        rows = super().get_field_queryset(db, db_field, request)
        if rows is None:
            rows = db_field.remote_field.model._default_manager.all()
        return rows_of_organization(rows, request)

    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.ModelChoiceField[Any] | None:
        """Return the field; a page that narrows the ``queryset`` need not think of the organization."""
        if "queryset" in kwargs:
            kwargs["queryset"] = rows_of_organization(kwargs["queryset"], request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def may(self, request: HttpRequest, action: str) -> bool:
        """Tell whether the session may ``view``, ``add``, ``change`` or ``delete`` here."""
        now = acting(request)
        return now.organization is not None and (now.is_admin or action in self.member_may)


class TenantAdmin(_LimitedToOrganization[Row], ServiceAdmin[Row]):
    """The page of a tenant model; see the module."""

    form = TenantForm
    change_form_before_template = "admin/opened_in.html"

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show or save the form; one opened before the session switched, as in another tab, saves nothing here."""
        organization_id = acting(request).organization_id
        if request.method == "POST" and request.POST.get(_OPENED_IN, organization_id) != organization_id:
            self.message_user(request, "Nothing was saved: the form belonged to another organization.", messages.ERROR)
            return HttpResponseRedirect(request.path)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(
        self, request: HttpRequest, obj: Row | None = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm[Row]]:
        """Return the form class, which knows the organization."""
        form = super().get_form(request, obj, change=change, **kwargs)
        form.organization_id = acting(request).organization_id  # type: ignore[attr-defined]  # subclasses of TenantForm
        return form

    def get_list_filter(self, request: HttpRequest) -> Any:
        """Return the filters, those by related rows limited to the organization."""
        return [self._limited(item) for item in super().get_list_filter(request)]

    def _limited(self, item: Any) -> Any:
        if isinstance(item, str) and self.opts.get_field(item).is_relation:
            return (item, TenantRelatedFilter)
        return item

    def has_view_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """As ``member_may`` says."""
        return self.may(request, "view") and _is_ours(obj, request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """As ``member_may`` says."""
        return self.may(request, "add")

    def has_change_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """As ``member_may`` says."""
        return self.may(request, "change") and _is_ours(obj, request)

    def has_delete_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """As ``member_may`` says."""
        return self.may(request, "delete") and _is_ours(obj, request)


class _TenantInline(_LimitedToOrganization[Row], InlineModelAdmin[Row, Parent]):
    """Rows below a row of the same organization. ``member_may`` counts as on pages."""

    formset = TenantFormSet
    extra = 0

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As ``member_may`` says."""
        return self.may(request, "view") and _is_ours(obj, request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As ``member_may`` says."""
        return self.may(request, "add") and _is_ours(obj, request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As ``member_may`` says."""
        return self.may(request, "change") and _is_ours(obj, request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As ``member_may`` says."""
        return self.may(request, "delete") and _is_ours(obj, request)


class TenantTabularInline(_TenantInline[Row, Parent], TabularInline, admin.TabularInline[Row, Parent]):  # type: ignore[misc]  # as above
    """One line per row."""


class TenantStackedInline(_TenantInline[Row, Parent], StackedInline, admin.StackedInline[Row, Parent]):  # type: ignore[misc]  # as above
    """One block per row."""


def _is_ours(row: models.Model | None, request: HttpRequest) -> bool:
    return row is None or getattr(row, "organization_id", None) == acting(request).organization_id
