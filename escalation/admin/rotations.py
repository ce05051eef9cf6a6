"""The rotations of a schedule, edited together with it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from functools import cached_property
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest

from accounts.admin.tenancy import EVERYTHING, TenantTabularInline
from accounts.models import Membership
from escalation.admin.choices import LoadedMultipleChoiceField, Rows
from escalation.admin.instants import InstantField
from escalation.admin.ordered import OrderedForm, OrderedFormSet
from escalation.admin.turns import TurnsInput
from escalation.admin.windows import WindowsField, place_in_windows
from escalation.domain.local_time import instant_of, zone_named
from escalation.domain.model import UserId
from escalation.models import Rotation, RotationParticipant, Schedule
from escalation.models.rotation import MAX_LENGTH_DAYS, MAX_ROTATIONS, RotationQuerySet
from escalation.services import RotationChanges, RotationRevision
from scaling.clock import now
from scaling.errors import InvalidInput

_LENGTHS = {"daily": 1, "weekly": 7}
_LENGTH_WORDS = [("daily", "One day"), ("weekly", "One week"), ("custom", "Some other number of days")]
_SAID_OF = {
    "rotationType": "rotation_type",
    "rotationLengthDays": "length_days",
    "handoffTime": "handoff_time",
    "effectiveFrom": "effective_from",
    "effectiveUntil": "effective_until",
    "participantIds": "people",
}


class RotationForm(OrderedForm):
    """A rotation: who takes turns, how long one lasts, and when the rotation counts. A service writes it."""

    name = forms.CharField(max_length=255, widget=forms.TextInput(attrs={"data-names": ""}))
    people = LoadedMultipleChoiceField(label="Turns, in their order", widget=TurnsInput)
    rotation_type = forms.ChoiceField(label="A turn lasts", choices=_LENGTH_WORDS, initial="weekly")
    length_days = forms.IntegerField(label="Days of a turn", required=False, min_value=1, max_value=MAX_LENGTH_DAYS)
    handoff_time = forms.TimeField(
        label="Handoff at", initial=time(9), widget=forms.TimeInput({"type": "time"}, format="%H:%M")
    )
    effective_from = InstantField(label="Begins")
    effective_until = InstantField(label="Ends", required=False)
    restrictions = WindowsField(label="Only in these windows", required=False)

    class Meta:
        model = Rotation
        fields = ()

    def __init__(self, *args: Any, people: Rows, zone: ZoneInfo, shown_in: ZoneInfo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(LoadedMultipleChoiceField, self.fields["people"]).offer(people)
        for name in ("effective_from", "effective_until"):
            field = cast(InstantField, self.fields[name])
            field.zone, field.shown_in = zone, shown_in
            field.stored = None if self.is_new else getattr(self.instance, name)
        self.initial.update(_fresh(shown_in) if self.is_new else _shown(self.instance, people))

    def clean(self) -> dict[str, Any] | None:
        """Ask for the days of a turn where they do not follow, and for a time that passes."""
        cleaned = super().clean()
        if self.cleaned_data.get("rotation_type") == "custom" and not self.cleaned_data.get("length_days"):
            self.add_error("length_days", "Say how many days a turn lasts.")
        begins, ends = self.cleaned_data.get("effective_from"), self.cleaned_data.get("effective_until")
        if begins and ends and ends <= begins:
            self.add_error("effective_until", "Has to be later than the beginning.")
        self.instance.name = self.cleaned_data.get("name", "")
        return cleaned

    @property
    def when(self) -> list[forms.BoundField]:
        """The fields about time, as they stand on the page."""
        names = ("rotation_type", "length_days", "handoff_time", "effective_from", "effective_until")
        return [self[name] for name in names]

    @property
    def revision(self) -> RotationRevision:
        """What the rotation is to say; needs a form without errors."""
        said = self.cleaned_data
        changes: RotationChanges = {
            "name": said["name"],
            "user_ids": [UserId(member.user_id) for member in said["people"]],
            "rotation_type": said["rotation_type"],
            "length_days": _LENGTHS.get(said["rotation_type"]) or said["length_days"],
            "handoff_time": said["handoff_time"],
            "effective_from": said["effective_from"],
            "effective_until": said["effective_until"],
            "restrictions": said["restrictions"],
        }
        return RotationRevision(None if self.is_new else self.instance.pk, changes)


class RotationFormSet(OrderedFormSet):
    """The rotations of one schedule, in its time zone."""

    first_position = 0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Before the form of the schedule changes it.
        self._shown_in = zone_named(self.instance.timezone) or ZoneInfo("UTC")

    @property
    def revisions(self) -> list[RotationRevision]:
        """What the rotations are to say, in their order; needs a valid formset."""
        return [form.revision for form in self.arranged]

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        """Hand the people that can be chosen to each form, the zone of what is shown, and that of what is typed."""
        zones = {"shown_in": self._shown_in, "zone": zone_named(self.data.get("timezone", "")) or self._shown_in}
        return {**super().get_form_kwargs(index), "people": self._people, **zones}

    def show_refusal(self) -> None:
        """Say it beside the field of the rotation that was refused."""
        for place, field, message in complaints_of_rotations(self.refusal):
            field, told = place_in_windows(field, message)
            name = field.split(".")[0]
            self.arranged[place].add_error(_SAID_OF.get(name, name), told)

    @cached_property
    def _people(self) -> Rows:
        stored = [str(turn.membership_id) for rotation in self.get_queryset() for turn in rotation.turns.all()]
        return self.load(Membership, [*stored, *self.sent("people"), *self.sent("people-next")])


class RotationInline(TenantTabularInline[Rotation, Schedule]):
    """One card per rotation."""

    model = Rotation
    form = RotationForm
    formset = RotationFormSet
    member_may = EVERYTHING
    fields = (
        "position",
        "name",
        "people",
        "rotation_type",
        "length_days",
        "handoff_time",
        "effective_from",
        "effective_until",
        "restrictions",
    )
    template = "admin/escalation/schedule/rotations.html"
    ordering = ("position",)
    max_num = MAX_ROTATIONS

    class Media:
        css = {"all": ("escalation/layers.css", "escalation/rotations.css")}
        js = ("escalation/layers.js",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Rotation]:
        """Return the rotations with the people who take turns."""
        turns = Prefetch("turns", RotationParticipant.objects.order_by("position", "id"))
        rotations = cast(RotationQuerySet, super().get_queryset(request))
        return rotations.with_user_ids().prefetch_related(turns)


def complaints_of_rotations(refusal: Any) -> list[tuple[int, str, str]]:
    """Return what a service said of rotations: the place, the field and the message of each; none if of something else."""
    if not isinstance(refusal, InvalidInput):
        return []
    named = [(field.split(".", 2), message) for field, message in refusal.errors if field.startswith("rotations.")]
    return [(int(place), field, message) for (_, place, field), message in named]


def _fresh(zone: ZoneInfo) -> Mapping[str, Any]:
    midnight = now().astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    begins: datetime = instant_of(midnight)
    return {"effective_from": begins}


def _shown(rotation: Rotation, people: Rows) -> Mapping[str, Any]:
    names = (
        "name",
        "rotation_type",
        "length_days",
        "handoff_time",
        "effective_from",
        "effective_until",
        "restrictions",
    )
    turns = [people[str(turn.membership_id)] for turn in rotation.turns.all()]
    return {**{name: getattr(rotation, name) for name in names}, "position": rotation.position + 1, "people": turns}
