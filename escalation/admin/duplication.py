"""Making a policy that says what another one says."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from accounts.acting import acting
from escalation import services
from escalation.models import Policy
from escalation.services.validation import NAME_LENGTH
from scaling.clock import now
from scaling.errors import DomainError, InvalidInput, NameConflict


class DuplicateForm(forms.Form):
    """What the copy is to be called."""

    name = forms.CharField(max_length=NAME_LENGTH)

    def refuse(self, refusal: DomainError) -> None:
        """Tell what a service has refused, beside the name where it is about that."""
        if isinstance(refusal, InvalidInput):
            for field, message in refusal.errors:
                self.add_error("name" if field == "name" else None, message)
        else:
            self.add_error("name" if isinstance(refusal, NameConflict) else None, refusal.message)


def duplicate_view(page: ModelAdmin[Any], request: HttpRequest, policy: Policy) -> HttpResponse:
    """Ask for a name; a POST makes the copy and goes on to its page."""
    form = DuplicateForm(request.POST or None, initial={"name": f"Copy of {policy.name}"[:NAME_LENGTH]})
    copy = _made(request, policy, form) if request.method == "POST" and form.is_valid() else None
    if copy is not None:
        messages.success(
            request, f"This is the copy of {policy.name}. Nobody is paged by it until an incident names it."
        )
        return HttpResponseRedirect(reverse("admin:escalation_policy_change", args=[copy.pk]))
    context = {
        **page.admin_site.each_context(request),
        "title": f"Duplicate {policy.name}",
        "opts": page.opts,
        "original": policy,
        "form": form,
    }
    return TemplateResponse(request, "admin/escalation/policy/duplicate.html", context)


def _made(request: HttpRequest, policy: Policy, form: DuplicateForm) -> Policy | None:
    try:
        return services.duplicate_policy(
            organization_id=policy.organization_id,
            policy_id=policy.pk,
            actor_id=acting(request).user_id,
            now=now(),
            name=form.cleaned_data["name"],
        )
    except DomainError as refusal:
        form.refuse(refusal)
        return None
