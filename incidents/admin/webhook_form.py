"""What is asked for about a webhook."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from django import forms
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from escalation.admin.instants import InstantField
from escalation.admin.revision import RevisionForm
from incidents.domain.published import FILTERS
from incidents.models import Webhook
from scaling.api.fields import DESCRIPTION_LENGTH
from scaling.errors import DomainError, InvalidInput

URL_LENGTH: Final = 2000
_CALLED: Final = "Called by POST, signed by Standard Webhooks."
_MASKED: Final = "Its path is a secret, so only the host is shown. Leave it as it is, or write a whole new one."


def _events() -> list[tuple[str, str]]:
    """Return what can be asked for, each family before its members."""
    return [(name, name if "." in name else f"{name}: all of them, also those to come") for name in FILTERS]


class WebhookForm(RevisionForm):
    """Where to call, and of what to tell. The URL that is there is shown without its secrets; sent so, it stays."""

    said_of: ClassVar = {"url": "address"}

    address = forms.CharField(label="URL", max_length=URL_LENGTH, widget=UnfoldAdminTextInputWidget)
    description = forms.CharField(
        required=False,
        max_length=DESCRIPTION_LENGTH,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text="Who listens there, so that you know what stops when you disable it.",
    )
    events = forms.MultipleChoiceField(
        required=False,
        choices=_events,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="None chosen: all, also those to come.",
    )
    enabled = forms.BooleanField(
        required=False,
        initial=True,
        widget=UnfoldBooleanSwitchWidget,
        help_text="Disabled, nothing is sent, and what waits is called off.",
    )

    class Meta:
        model = Webhook
        fields = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        is_new = self.instance._state.adding
        self.fields["address"].help_text = _CALLED if is_new else _MASKED
        self.initial.update(
            address="" if is_new else self.instance.shown_url,
            description=self.instance.description or "",
            events=self.instance.events or [],
            enabled=self.instance.disabled_at is None,
        )

    def _post_clean(self) -> None:
        """Leave the row as it is: the service writes it."""

    @property
    def said(self) -> Any:
        """What is filled in, as the services ask for it."""
        said = self.cleaned_data
        return {
            "url": said["address"],
            "description": said["description"],
            "events": said["events"] or None,
            "enabled": said["enabled"],
        }


class ReplayForm(forms.Form):
    """What is sent again: all that happened from one instant up to another."""

    start = InstantField(label="From (UTC)")
    end = InstantField(label="Until (UTC)", help_text="At most seven days later.")

    def refuse(self, refusal: DomainError) -> None:
        """Tell what the service said beside the field it is about."""
        if not isinstance(refusal, InvalidInput):
            self.add_error(None, refusal.message)
            return
        for named, message in refusal.errors:
            self.add_error("end" if named == "to" else "start", message)
