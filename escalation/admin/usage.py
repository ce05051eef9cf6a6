"""What uses a schedule or working hours: the policies, as links."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from escalation.models import Policy, Schedule, WorkingHours

MOST_SHOWN: Final = 50


def policies_with(rows: Iterable[Schedule | WorkingHours], field: str) -> list[Policy]:
    """Return the policies with a layer whose ``field`` is one of ``rows``, by name, a bounded number.

    The rows are those of one organization. One statement, none for no rows.
    """
    named = list(rows)
    if not named:
        return []
    policies = Policy.objects.for_organization(named[0].organization_id)
    found = policies.filter(**{f"layers__{field}__in": named}).distinct()
    return list(found.order_by("name", "id")[:MOST_SHOWN])


def links_to(policies: Iterable[Policy]) -> list[SafeString]:
    """Return a link to each."""
    return [
        format_html('Policy: <a href="{}">{}</a>', reverse("admin:escalation_policy_change", args=[policy.pk]), policy)
        for policy in policies
    ]
