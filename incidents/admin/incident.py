"""Incidents: the board of what is open, and the page of each. What happened is read; what is to happen is ordered."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST, require_safe

from accounts.acting import acting
from accounts.admin.base import become
from accounts.admin.newest import MOST_ROWS, NewestPaginator
from accounts.admin.tenancy import VIEW, TenantAdmin
from incidents.admin.board import load_board, load_version
from incidents.admin.live import answer_live, tag_of
from incidents.admin.newest import BoardChangeList
from incidents.admin.orders import give_order
from incidents.admin.page import load_page, load_page_version
from incidents.admin.trigger import TRIGGER_FIELDS, TriggerForm, tell_trigger, trigger_by_form
from incidents.admin.why import load_panel
from incidents.models import Incident
from scaling.clock import now

_BOARD = "admin/incidents/incident/board.html"
_PAGE = "admin/incidents/incident/page.html"


class OpenFilter(admin.SimpleListFilter):
    """Finds what still needs somebody."""

    title = "open"
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return what can be chosen."""
        return [("yes", "Yes"), ("no", "No, resolved")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Incident]) -> QuerySet[Incident]:
        """Keep what is chosen."""
        if self.value() == "yes":
            return queryset.exclude(status=Incident.Status.RESOLVED)
        return queryset.filter(status=Incident.Status.RESOLVED) if self.value() == "no" else queryset


@admin.register(Incident)
class IncidentAdmin(TenantAdmin[Incident]):
    """The board, and the pages behind it. History has no end, so the list neither counts nor sorts all of it."""

    member_may = VIEW | {"add"}
    add_form_template = "admin/incidents/incident/add_form.html"
    change_list_template = "admin/incidents/incident/change_list.html"
    list_display = ("title",)
    list_select_related = ("owner", "escalation__holder")
    list_filter = (
        OpenFilter,
        "severity",
        "status",
        ("escalation__state", admin.ChoicesFieldListFilter),
        "created_at",
    )
    list_filter_sheet = True
    search_fields = ("title", "owner__first_name", "owner__last_name", "=id")
    search_help_text = "By title, by owner, or by the incident's id."
    sortable_by = ()
    paginator = NewestPaginator
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions = None
    fields = ("number", "owner", "dedup_key", "created_at", "updated_at", "id")

    def get_urls(self) -> list[URLPattern]:
        """Add what pages ask for to keep themselves as the rows are, and where their buttons lead."""
        own = [
            path("board/", self.admin_site.admin_view(self.board_view), name="incidents_incident_board"),
            path("preview/", self.admin_site.admin_view(self.preview_view), name="incidents_incident_preview"),
            path("<path:object_id>/live/", self.admin_site.admin_view(self.live_view), name="incidents_incident_live"),
            path(
                "<path:object_id>/order/", self.admin_site.admin_view(self.order_view), name="incidents_incident_order"
            ),
        ]
        return [*own, *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Incident]:
        """Return the incidents without the plans of their escalations, which may be large."""
        return super().get_queryset(request).defer("escalation__plan")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[BoardChangeList]:
        """Return the class of the list."""
        return BoardChangeList

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the board with its search and filters, and say so where it does not go back to the beginning."""
        version = load_version(acting(request).organization_id)
        response = super().changelist_view(request, extra_context)
        context: dict[str, Any] = getattr(response, "context_data", None) or {}
        if "cl" in context:
            context.update(_board(context["cl"]), tag=tag_of(request, version), now=version.now)
            is_cut = context["cl"].result_count - context["cl"].paginator.open_count >= MOST_ROWS
            context["subtitle"] = f"The newest {MOST_ROWS:,}. Filter or search to find older ones." if is_cut else None
        return response

    @method_decorator(require_safe)
    def board_view(self, request: HttpRequest) -> HttpResponse:
        """Answer with the board alone, for the page it stands on; 304 while nothing on it has changed."""
        if not self.has_view_permission(request):
            raise PermissionDenied

        def draw(tag: str) -> HttpResponse:
            try:
                shown = self.get_changelist_instance(request)
            except IncorrectLookupParameters:
                return HttpResponseBadRequest()
            return render(request, _BOARD, {**_board(shown), "cl": shown, "tag": tag})

        return answer_live(request, load_version(acting(request).organization_id), draw)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the incident: what can be done, what happened, and why it did or did not page whom one asks about."""
        if context["original"] is None:
            context["title"] = "Trigger an incident"
            return super().render_change_form(request, context, *args, **kwargs)
        incident, at = context["original"], now()
        version = load_page_version(incident)
        context.update(
            title=incident.title,
            page=load_page(incident, at, is_admin=acting(request).is_admin),
            why=load_panel(incident, request.GET.get("person", ""), at),
            tag=tag_of(request, version),
            now=version.now,
        )
        return super().render_change_form(request, context, *args, **kwargs)

    @method_decorator(require_safe)
    def live_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Answer with what of an incident's page changes by itself; 304 while nothing has."""
        incident = self._find(request, object_id)

        def draw(tag: str) -> HttpResponse:
            page = load_page(incident, now(), is_admin=acting(request).is_admin)
            return render(request, _PAGE, {"original": incident, "page": page, "tag": tag})

        return answer_live(request, load_page_version(incident), draw)

    @method_decorator(require_POST)
    def order_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Carry out what a button says, and go back to where it stood: the page shows what came of it."""
        incident = self._find(request, object_id)
        give_order(request, incident, now())
        board = request.GET.get("board")
        if board is None:
            there = reverse("admin:incidents_incident_change", args=[incident.pk])
        else:
            there = f"{reverse('admin:incidents_incident_changelist')}{board and '?' + board}#incident-{incident.pk}"
        return HttpResponseRedirect(there, status=303)

    def get_fields(self, request: HttpRequest, obj: Incident | None = None) -> Any:
        """Return what is asked for when an incident is triggered by hand, or what is told of one."""
        return TRIGGER_FIELDS if obj is None else self.fields

    def get_form(self, request: HttpRequest, obj: Incident | None = None, change: bool = False, **kwargs: Any) -> Any:
        """Return the form class."""
        return super().get_form(
            request, obj, change=change, **({"form": TriggerForm, **kwargs} if obj is None else kwargs)
        )

    def save_model(self, request: HttpRequest, obj: Incident, form: Any, change: bool) -> None:
        """Trigger what the form says, once."""
        triggered = trigger_by_form(form, acting(request).user_id, now())
        become(obj, triggered.incident)
        said = "It is triggered." if triggered.is_new else "It was triggered already, when the form was first sent."
        self.message_user(request, said, messages.SUCCESS if triggered.is_new else messages.WARNING)

    def response_add(self, request: HttpRequest, obj: Incident, post_url_continue: str | None = None) -> HttpResponse:
        """Go to the page of the incident, whose buttons come next."""
        return HttpResponseRedirect(reverse("admin:incidents_incident_change", args=[obj.pk]))

    @method_decorator(require_safe)
    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """Tell whom an incident would page at once if it were triggered with what is chosen so far."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        told = tell_trigger(acting(request).organization_id or "", request.GET, now())
        return render(request, "admin/incidents/incident/preview.html", {"told": told})

    def _find(self, request: HttpRequest, object_id: str) -> Incident:
        """Return an incident of the organization the session acts in.

        Raises:
            Http404: there is none with that id.
            PermissionDenied: the session may not look at it.
        """
        incident = self.get_object(request, object_id)
        if not self.has_view_permission(request, incident):
            raise PermissionDenied
        return incident

    def has_change_permission(self, request: HttpRequest, obj: Incident | None = None) -> bool:
        """Nobody edits what happened."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Incident | None = None) -> bool:
        """Nobody deletes what happened."""
        return False


def _board(shown: Any) -> dict[str, Any]:
    """Return what the board's template needs beside the list it was made from."""
    return {"board": load_board(shown.result_list), "open_count": shown.paginator.open_count}
