"""Forms that change what they showed, and nothing that somebody else has written since."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms

from accounts.admin.tenancy import STALE, TenantForm
from scaling.api.preconditions import etag
from scaling.errors import PreconditionFailed


class RevisionForm(TenantForm):
    """A form that carries the version it shows. Pages name ``shown_version`` among their ``fields``.

    Once checked, ``is_overtaken`` tells whether somebody else has written a version since.
    """

    overtaken_by = STALE
    is_overtaken = False

    shown_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["shown_version"] = self.versioned.version

    @property
    def versioned(self) -> Any:
        """The row that counts the changes."""
        return self.instance

    def clean(self) -> dict[str, Any] | None:
        """Refuse to go on from another version; a race between two who save at once is the service's to settle."""
        is_stale = isinstance(self.refusal, PreconditionFailed)
        if is_stale:
            self.refusal = None
        cleaned = super().clean()
        is_new = self.instance._state.adding
        is_other = not is_new and self.cleaned_data.get("shown_version") != self.versioned.version
        self.is_overtaken = is_stale or is_other
        if self.is_overtaken:
            self.add_error(None, self.overtaken_by)
        return cleaned

    @property
    def if_match(self) -> str:
        """The version the form showed, as services ask for it."""
        row_id: UUID = self.versioned.pk
        return etag(row_id, self.cleaned_data["shown_version"])
