"""What stands in the sidebar, in the words of the glossary, and where one acts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse

from accounts.acting import acting


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A list of rows one can go to; ``model`` is ``app.Model``, ``icon`` a name of Material Symbols."""

    title: str
    icon: str
    model: str


GROUPS: Final[tuple[tuple[str, tuple[Entry, ...]], ...]] = (
    ("Now", (Entry(title="Incidents", icon="e911_emergency", model="incidents.Incident"),)),
    (
        "The plan",
        (
            Entry(title="Policies", icon="stairs_2", model="escalation.Policy"),
            Entry(title="Schedules", icon="calendar_month", model="escalation.Schedule"),
            Entry(title="Working hours", icon="work_history", model="escalation.WorkingHours"),
            Entry(title="Import and export", icon="swap_vert", model="escalation.PlannedImport"),
        ),
    ),
    (
        "Organization",
        (
            Entry(title="People", icon="group", model="accounts.Membership"),
            Entry(title="Components", icon="deployed_code", model="incidents.Component"),
            Entry(title="API keys", icon="key", model="accounts.ApiKey"),
            Entry(title="Webhooks", icon="webhook", model="incidents.Webhook"),
            Entry(title="Settings", icon="domain", model="accounts.Organization"),
            Entry(title="Audit log", icon="history", model="scaling.AuditEvent"),
        ),
    ),
    ("Installation", (Entry(title="Logins", icon="badge", model="accounts.User"),)),
)


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Return what the session may look at, group by group; no group without an entry."""
    index = {"title": "Overview", "icon": "space_dashboard", "link": reverse("admin:index")}
    groups = [{"items": [index]}]
    for title, entries in GROUPS:
        items = [_item(entry) for entry in entries if _may_view(request, entry)]
        if items:
            groups.append({"title": title, "items": items})  # type: ignore[dict-item]  # unfold's own mixture
    return groups


def acting_in(request: HttpRequest) -> str:
    """Return the name of the organization the session acts in."""
    organization = acting(request).organization
    return "" if organization is None else organization.name


def own_pages(request: HttpRequest) -> list[dict[str, str]]:
    """Return what concerns the person signed in alone."""
    return [
        {"title": "My pages", "link": reverse("me")},
        {"title": "Your account", "link": reverse("account")},
    ]


def stylesheet(request: HttpRequest) -> str:
    """Return the address of what we add to unfold's look."""
    return static("scaling/admin.css")


def script(request: HttpRequest) -> str:
    """Return the address of what we add to the boxes in which one chooses."""
    return static("scaling/select2.js")


def icon(request: HttpRequest) -> str:
    """Return the address of the picture that stands for the pages in a browser."""
    return static("scaling/icon.svg")


def _item(entry: Entry) -> dict[str, Any]:
    app, model = entry.model.lower().split(".")
    return {"title": entry.title, "icon": entry.icon, "link": reverse(f"admin:{app}_{model}_changelist")}


def _may_view(request: HttpRequest, entry: Entry) -> bool:
    page = admin.site._registry.get(apps.get_model(entry.model))
    return page is not None and page.has_module_permission(request)
