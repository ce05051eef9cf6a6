"""Policies, each with its layers."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, ClassVar, Final

from django import forms
from django.contrib import admin
from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts.acting import acting
from accounts.admin.base import become, refusal_of
from accounts.admin.history import history_of
from accounts.admin.tenancy import EVERYTHING, TenantAdmin
from escalation import services
from escalation.admin.coverage import CoverageFilter, ShowsCoverage
from escalation.admin.deletion import DeletedByService
from escalation.admin.duplication import duplicate_view
from escalation.admin.in_words import PolicyList, layers_in_words
from escalation.admin.layers import OVERWRITTEN, LayerInline
from escalation.admin.revision import RevisionForm
from escalation.admin.snapshot import conflict_with, seal, snapshot_of
from escalation.errors import InvalidTarget
from escalation.models import Layer, Policy
from scaling.clock import now

_SHOWN: Final = "shown"
_VERSION: Final = re.compile(r"[0-9]{1,9}")


class LayersFilter(admin.SimpleListFilter):
    """Finds the policies that page nobody by themselves."""

    title = "layers"
    parameter_name = "layers"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return what can be chosen."""
        return [("some", "With layers"), ("none", "Without layers")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Policy]) -> QuerySet[Policy]:
        """Keep what is chosen."""
        if self.value() == "some":
            return queryset.exclude(layers=None)
        return queryset.filter(layers=None) if self.value() == "none" else queryset


class PolicyForm(RevisionForm):
    """A policy beside its layers, in words.

    Who was told what somebody else has changed can send that version as ``overwritten`` and go on from it.
    """

    overtaken_by = "Somebody else has changed this policy since you opened it, so nothing was saved."

    class Meta:
        model = Policy
        fields = ("name", "description", "repeat_count", "repage_after_ack_minutes")
        labels: ClassVar = {
            "repeat_count": "Repeats",
            "repage_after_ack_minutes": "Page again after an acknowledgement",
        }
        help_texts: ClassVar = {
            "name": "As an incident will tell it.",
            "description": "What it is for, and for whom. Nobody is paged by it.",
            "repeat_count": "How often to go through all layers again when nobody has acknowledged. 0: once is enough.",
            "repage_after_ack_minutes": (
                "Minutes after which whoever acknowledged is paged again, as long as the incident is not resolved. "
                "Empty: never."
            ),
        }
        widgets: ClassVar[dict[str, forms.Widget]] = {"description": UnfoldAdminTextareaWidget(attrs={"rows": 2})}

    def clean_shown_version(self) -> int | None:
        """Return the version from which the form goes on."""
        told: str = self.data.get(OVERWRITTEN, "")
        shown: int | None = self.cleaned_data["shown_version"]
        return int(told) if _VERSION.fullmatch(told) else shown


class PolicyAdmin(ShowsCoverage[Policy], DeletedByService[Policy], TenantAdmin[Policy]):
    """A policy and all its layers are saved by one call, as one new version.

    It is ``incidents.admin`` that registers it, with what only the run of incidents knows.
    """

    form = PolicyForm
    member_may = EVERYTHING
    warn_unsaved_form = True
    list_display = ("name", "layers_paged", "coverage", "last_change")
    list_filter: ClassVar[tuple[Any, ...]] = (CoverageFilter, LayersFilter, "updated_at")
    search_fields = ("name", "description")
    search_help_text = "By name, by description, or by the schedule a layer pages."
    ordering = ("name", "id")
    fields = ("name", "description", "repeat_count", "repage_after_ack_minutes", "shown_version")
    inlines = (LayerInline,)
    actions_detail = ("duplicate",)
    list_before_template = "admin/escalation/policy/moving.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Policy]:
        """Return the policies, each with ``layer_count``."""
        own = Layer.objects.filter(policy=OuterRef("pk")).order_by().values("policy").annotate(count=Count("pk"))
        count = Coalesce(Subquery(own.values("count")), 0, output_field=IntegerField())
        return super().get_queryset(request).annotate(layer_count=count)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Policy], bool]:
        """Find policies, also by a schedule of theirs: looked up, as a join would give a row for each layer."""
        found, _ = super().get_search_results(request, queryset, search_term)
        if not search_term:
            return found, False
        layers = Layer.objects.filter(policy=OuterRef("pk"), schedule__name__icontains=search_term)
        return queryset.filter(Q(pk__in=found.order_by().values("pk")) | Exists(layers)), False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[PolicyList]:
        """Return the class of the list."""
        return PolicyList

    @admin.display(description="layers", ordering="layer_count")
    def layers_paged(self, policy: Any) -> str:
        """Whom its layers page, in their order."""
        if policy.layer_count == 0:
            return format_html('<span class="mark warn">{}</span>', "No layers")
        return layers_in_words(policy, policy.layer_count)

    @admin.display(description="last change", ordering="updated_at")
    def last_change(self, policy: Policy) -> datetime:
        """When it, or one of its layers, was changed last."""
        return policy.updated_at

    @action(description="Duplicate", url_path="duplicate", permissions=["duplicate"], icon="content_copy")  # type: ignore[untyped-decorator]
    def duplicate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for a name and make a copy."""
        return duplicate_view(self, request, self.get_object(request, object_id))

    def has_duplicate_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Who may add a policy may copy one."""
        return self.has_add_permission(request)

    def get_form(self, request: HttpRequest, obj: Policy | None = None, change: bool = False, **kwargs: Any) -> Any:
        """Return the form class; what was said of one layer is shown beside that layer."""
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        if _refused_layer(request) is not None:
            form.refusal = None
        return form

    def get_formset_kwargs(self, request: HttpRequest, obj: Policy, inline: Any, prefix: str) -> dict[str, Any]:
        """Hand over what was said of one layer."""
        return {**super().get_formset_kwargs(request, obj, inline, prefix), "refusal": _refused_layer(request)}

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form, with what it shows sealed in it, and what somebody else has changed meanwhile."""
        policy, form = context["original"], context["adminform"].form
        if policy is not None:
            is_sent = request.method == "POST"
            context["shown"] = request.POST.get(_SHOWN, "") if is_sent else seal(snapshot_of(policy))
            if form.is_overtaken:
                last = history_of(policy, request).order_by("-at", "-id").first()
                context["conflict"] = conflict_with(policy, context["shown"], last)
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Policy, form: ModelForm[Policy], change: bool) -> None:
        """Write nothing yet: ``save_related`` writes the policy together with its layers."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Write what form and layers say."""
        (layers,) = formsets
        layers.save(commit=False)
        become(form.instance, _revised(form, layers) if change else _created(request, form, layers))

    def delete_row(self, row: Policy) -> None:
        """Delete a policy."""
        services.delete_policy(organization_id=row.organization_id, policy_id=row.pk)


def _created(request: HttpRequest, form: Any, layers: Any) -> Policy:
    policy: Policy = form.instance
    return services.create_policy(
        organization_id=policy.organization_id,
        actor_id=acting(request).user_id,
        now=now(),
        name=policy.name,
        description=policy.description,
        repeat_count=policy.repeat_count,
        repage_after_ack_minutes=policy.repage_after_ack_minutes,
        layers=[revision.draft for revision in layers.revisions],
    )


def _revised(form: Any, layers: Any) -> Policy:
    policy: Policy = form.instance
    return services.revise_policy(
        organization_id=policy.organization_id,
        policy_id=policy.pk,
        now=now(),
        if_match=form.if_match,
        name=policy.name,
        description=policy.description,
        repeat_count=policy.repeat_count,
        repage_after_ack_minutes=policy.repage_after_ack_minutes,
        layers=layers.revisions,
    )


def _refused_layer(request: HttpRequest) -> InvalidTarget | None:
    refusal = refusal_of(request)
    return refusal if isinstance(refusal, InvalidTarget) and refusal.position is not None else None
