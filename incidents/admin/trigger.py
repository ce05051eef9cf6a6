"""An incident triggered by hand: what is asked for, whom it would page, and that it happens once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from unfold.widgets import UnfoldAdminSelectMultipleWidget, UnfoldAdminTextareaWidget

from accounts.admin.tenancy import TenantForm
from accounts.models import Membership
from escalation.models import Policy, Schedule
from incidents.foresight import foresee_trigger, paged_by
from incidents.models import Component, Escalation, Incident, ScheduleUse
from incidents.names import load_names
from incidents.services import Triggered, trigger_once
from incidents.services.trigger import settle
from scaling.api.fields import DESCRIPTION_LENGTH
from scaling.api.paths import parse_uuid
from scaling.errors import NotFound
from scaling.ids import new_uuid

TRIGGER_FIELDS: Final = ("title", "severity", "policy", "schedule", "owner", "description", "components", "token")

_NOBODY: Final = "Choose a policy, an on-call schedule or an owner: somebody must be paged."


class _Searched(AutocompleteSelect):
    """A row chosen by searching; what is no id at all counts as that of no row."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """Return the id that was sent."""
        sent = super().value_from_datadict(data, files, name)
        return str(parse_uuid(sent) or UUID(int=0)) if sent else sent


class TriggerForm(TenantForm):
    """What an incident opens with. The token is the form's own: sent twice, it triggers once."""

    policy = forms.ModelChoiceField(
        Policy.objects.none(),
        required=False,
        widget=_Searched(Escalation._meta.get_field("active_policy"), admin.site),
        help_text="Whose layers are paged, one after the other.",
    )
    schedule = forms.ModelChoiceField(
        Schedule.objects.none(),
        required=False,
        label="On-call schedule",
        widget=_Searched(ScheduleUse._meta.get_field("schedule"), admin.site),
        help_text="Gives the owner, and the policy that pages it, where you choose none.",
    )
    owner = forms.ModelChoiceField(
        Membership.objects.none(),
        required=False,
        widget=_Searched(Incident._meta.get_field("owner"), admin.site),
        help_text="Whom it belongs to. Without a policy the owner is paged.",
    )
    description = forms.CharField(
        required=False, max_length=DESCRIPTION_LENGTH, widget=UnfoldAdminTextareaWidget(attrs={"rows": 4})
    )
    components = forms.ModelMultipleChoiceField(
        Component.objects.none(),
        required=False,
        label="Affected components",
        widget=UnfoldAdminSelectMultipleWidget,
        help_text="For people to read; it changes nobody's paging.",
    )
    token = forms.CharField(max_length=64, widget=forms.HiddenInput, initial=lambda: new_uuid().hex)

    class Meta:
        model = Incident
        fields = ("title", "severity", "owner", "description")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, rows in (
            ("policy", Policy.objects.all()),
            ("schedule", Schedule.objects.all()),
            ("owner", Membership.objects.current()),
            ("components", Component.objects.current().order_by("name", "pk")),
        ):
            self.fields[name].queryset = rows.filter(organization_id=self.organization_id)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any] | None:
        """Ask for somebody to page."""
        cleaned = super().clean()
        named = [self.cleaned_data.get(name) for name in ("policy", "schedule", "owner")]
        if not any(named) and not self.errors:
            self.add_error(None, _NOBODY)
        return cleaned


def trigger_by_form(form: TriggerForm, actor_id: str, now: datetime) -> Triggered:
    """Trigger what a valid form says, once.

    Raises:
        DomainError: as ``trigger_once``.
    """
    said = form.cleaned_data
    owner, policy, schedule = said["owner"], said["policy"], said["schedule"]
    return trigger_once(
        organization_id=form.instance.organization_id,
        actor_id=actor_id,
        token=said["token"],
        now=now,
        title=said["title"],
        description=said["description"] or None,
        severity=said["severity"],
        owner_user_id=None if owner is None else owner.user_id,
        policy_id=None if policy is None else policy.pk,
        owner_schedule_id=None if schedule is None else schedule.pk,
        component_ids=[str(component.pk) for component in said["components"]],
    )


def tell_trigger(organization_id: str, chosen: Mapping[str, str], now: datetime) -> str:
    """Return whom an incident would page at once, by the ids chosen so far. At most twelve statements."""
    policy, schedule, owner = (parse_uuid(chosen.get(name, "")) for name in ("policy", "schedule", "owner"))
    if not any((policy, schedule, owner)):
        return _NOBODY
    try:
        start = settle(organization_id, _user_id(organization_id, owner), schedule, policy, now)
    except NotFound as unknown:
        return unknown.message
    seen = foresee_trigger(organization_id, start, now)
    owner_id = None if start.owner is None else str(start.owner.user_id)
    names = load_names({organization_id: [*seen.recipients, owner_id]}).get(organization_id, {})
    owned = f" It would belong to {names.get(owner_id, owner_id)}." if owner_id else ""
    return f"Triggered now, this pages {paged_by(seen, names)}.{owned}"


def _user_id(organization_id: str, membership_id: UUID | None) -> str | None:
    if membership_id is None:
        return None
    found = (
        Membership.objects.for_organization(organization_id).filter(pk=membership_id).values_list("user_id", flat=True)
    )
    user_id: str | None = found.first()
    if user_id is None:
        raise NotFound.of("owner")
    return user_id
