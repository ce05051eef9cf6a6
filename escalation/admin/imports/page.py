"""The pages of imports, for admins of the organization: files in, the plan, applying it, and what came of it."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST, require_safe

from accounts.acting import acting
from accounts.admin.makers import name_of_maker
from accounts.admin.tenancy import TenantAdmin
from accounts.admin.words import mark
from escalation.admin.deletion import DeletedByService
from escalation.admin.imports.export import FORMATS, export_file
from escalation.admin.imports.patience import at_length
from escalation.admin.imports.told import read_report, stakes_of, told_of
from escalation.admin.imports.upload import UploadForm, job_asked_for, title_of
from escalation.models import PlannedImport
from escalation.services.planned_imports import discard_import
from escalation.transfer.importing.planned import apply_planned, is_overtaken, plan_again, plan_to_apply
from escalation.transfer.loader import load_document
from escalation.transfer.reading.problems import Problem, Unreadable
from escalation.transfer.reading.sources import MAX_BYTES
from escalation.transfer.sheets import left_out
from scaling.clock import now
from scaling.errors import DomainError, InvalidInput
from scaling.uploads import taking_files

_LARGE: Final = ("plan", "report")
_OTHER_ORGANIZATION: Final = "Nothing was read: the form belonged to another organization."


class ApplyForm(forms.Form):
    """What somebody accepts who applies a plan."""

    accept_loss = forms.BooleanField(required=False)
    accept_gaps = forms.BooleanField(required=False)


@admin.register(PlannedImport)
class PlannedImportAdmin(DeletedByService[PlannedImport], TenantAdmin[PlannedImport]):
    """Imports that wait to be applied, and those of the last day. Members see none of it."""

    list_display = ("title", "state", "what", "created_at", "planned_by")
    list_filter = ("created_at", ("applied_at", admin.EmptyFieldListFilter))
    search_fields = ("title",)
    search_help_text = "By the names of the files."
    list_before_template = "admin/escalation/plannedimport/about.html"

    class Media:
        css: ClassVar = {"all": ["escalation/imports.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[PlannedImport]:
        """Return the imports, each with ``maker``, who planned it; what can be large only where one is looked at."""
        return super().get_queryset(request).defer(*_LARGE).annotate(maker=name_of_maker("created_by"))

    def get_urls(self) -> list[URLPattern]:
        """Add the addresses of one import; the one that files are sent to takes files."""
        view = self.admin_site.admin_view
        add = taking_files(
            view(self.add_view), is_allowed=self.has_add_permission, most_bytes=MAX_BYTES, refuse=self._refuse_number
        )
        return [
            path("add/", add, name="escalation_plannedimport_add"),
            path("export/", view(require_safe(self.export_view)), name="escalation_plannedimport_export"),
            path("<path:object_id>/apply/", view(self.apply_view), name="escalation_plannedimport_apply"),
            path("<path:object_id>/again/", view(require_POST(self.again_view)), name="escalation_plannedimport_again"),
            path(
                "<path:object_id>/report/", view(require_safe(self.report_view)), name="escalation_plannedimport_report"
            ),
            *super().get_urls(),
        ]

    @admin.display(description="state", ordering="applied_at")
    def state(self, planned: PlannedImport) -> SafeString:
        """Whether it has been applied."""
        return mark("waiting", "warn") if planned.applied_at is None else mark("applied", "good")

    @admin.display(description="what")
    def what(self, planned: PlannedImport) -> str:
        """How many parts are created, changed and removed."""
        totals = planned.totals
        removed = totals.get("remove", 0) - totals.get("kept", 0)
        return f"{totals.get('create', 0)} new, {totals.get('update', 0)} changed, {removed} removed"

    @admin.display(description="planned by")
    def planned_by(self, planned: Any) -> str:
        """Who planned it."""
        return str(planned.maker)

    def has_change_permission(self, request: HttpRequest, obj: PlannedImport | None = None) -> bool:
        """Nobody changes one: it is applied or discarded."""
        return False

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask for files; a POST reads them and goes on to the plan, or tells all that is wrong with them."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        if request.POST.get("opened_in", acting(request).organization_id) != acting(request).organization_id:
            self.message_user(request, _OTHER_ORGANIZATION, messages.ERROR)
            return HttpResponseRedirect(request.path)
        form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
        problems: tuple[Problem, ...] = ()
        if form.is_valid():
            try:
                return self._to(self._planned(request, form))
            except Unreadable as error:
                problems = error.problems
            except DomainError as refusal:
                form.add_error(None, refusal.message)
        return self._page(request, "upload.html", "Import", form=form, problems=problems)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the plan or, once it has been applied, what became of it. Constant statements whatever its size."""
        planned = self.row_for(request, object_id, self.has_view_permission(request))
        report = read_report(planned.report)
        return self._page(
            request,
            "plan.html",
            "What was imported" if planned.applied_at else "The plan of an import",
            planned=planned,
            told=told_of(report, request.GET.dict()),
            stakes=stakes_of(report),
            is_overtaken=planned.applied_at is None and is_overtaken(planned),
        )

    def apply_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Say what will happen, and ask; a POST does it, and goes on to what came of it."""
        planned = self.row_for(request, object_id, self.has_add_permission(request))
        if planned.applied_at is not None:
            return self._to(planned)
        form = ApplyForm(request.POST if request.method == "POST" else None)
        if form.is_valid() and self._applied(request, planned, form):
            return self._to(planned)
        report = read_report(planned.report)
        return self._page(
            request,
            "apply.html",
            "Apply the plan",
            planned=planned,
            told=told_of(report, {}),
            stakes=stakes_of(report),
            form=form,
            is_overtaken=is_overtaken(planned),
        )

    def again_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Make the plan anew for the organization as it is now, of what the files said."""
        planned = self.row_for(request, object_id, self.has_add_permission(request))
        try:
            with at_length():
                anew = plan_again(**_asked(request, planned))
        except DomainError as refusal:
            self.message_user(request, refusal.message, messages.ERROR)
            return self._to(planned)
        self.message_user(request, "This is a new plan, for the organization as it is now.")
        return self._to(anew)

    def report_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Return the whole report, as a file."""
        planned = self.row_for(request, object_id, self.has_view_permission(request))
        name = "import-report.json" if planned.applied_at else "import-plan.json"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return HttpResponse(planned.report, content_type="application/json", headers=headers)

    def export_view(self, request: HttpRequest) -> HttpResponse:
        """Say what an export holds; with a ``format``, return it. Two statements beside those of any page."""
        organization_id = acting(request).organization_id
        if organization_id is None or not self.has_add_permission(request):
            raise PermissionDenied
        document, asked = load_document(organization_id), request.GET.get("format", "")
        if asked in FORMATS:
            return export_file(document, asked)
        return self._page(request, "export.html", "Export", left_out=left_out(document))

    def delete_row(self, row: PlannedImport) -> None:
        """Discard one."""
        discard_import(organization_id=row.organization_id, import_id=row.pk)

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: int) -> HttpResponse:
        """Go back to the list."""
        super().response_delete(request, obj_display, obj_id)
        return HttpResponseRedirect(reverse("admin:escalation_plannedimport_changelist"))

    def _planned(self, request: HttpRequest, form: UploadForm) -> PlannedImport:
        session = acting(request)
        organization_id = session.organization_id
        if organization_id is None:
            raise PermissionDenied
        with at_length():
            return plan_to_apply(
                job_asked_for(form, organization_id),
                title=title_of(form.sources),
                actor_id=session.user_id,
                now=now(),
            )

    def _applied(self, request: HttpRequest, planned: PlannedImport, form: ApplyForm) -> bool:
        try:
            with at_length():
                apply_planned(**_asked(request, planned), **form.cleaned_data)
        except InvalidInput as refusal:
            for field, message in refusal.errors:
                form.add_error(field if field in form.fields else None, message)
            return False
        except DomainError as refusal:
            form.add_error(None, refusal.message)
            return False
        self.message_user(request, "The import has been applied.", messages.SUCCESS)
        return True

    def _refuse_number(self, request: HttpRequest) -> HttpResponse:
        most = settings.DATA_UPLOAD_MAX_NUMBER_FILES
        self.message_user(request, f"At most {most} files are read together here.", messages.ERROR)
        return HttpResponseRedirect(request.path)

    def _to(self, planned: PlannedImport) -> HttpResponse:
        name = "admin:escalation_plannedimport_change"
        return HttpResponseRedirect(reverse(name, args=[planned.pk], current_app=self.admin_site.name))

    def _page(self, request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
        shown = {**self.admin_site.each_context(request), "title": title, "opts": self.opts, **context}
        return TemplateResponse(request, f"admin/escalation/plannedimport/{template}", shown)


def _asked(request: HttpRequest, planned: PlannedImport) -> dict[str, Any]:
    return {
        "organization_id": planned.organization_id,
        "import_id": planned.pk,
        "actor_id": acting(request).user_id,
        "now": now(),
    }
