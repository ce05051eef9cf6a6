"""The admin site: who may enter, and in which organization they act."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, TypeVar, cast

from django.contrib import admin, messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse

from accounts.acting import act_in, acting, organizations_of

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class ScalingAdminSite(admin.AdminSite):
    """The admin, in which a session acts in one organization (design D11)."""

    site_title = "Scaling"
    site_header = "Scaling"
    index_title = "Overview"
    site_url = None

    def has_permission(self, request: HttpRequest) -> bool:
        """Let in whoever belongs to an active organization, and the operators of the installation."""
        return acting(request).has_business_here

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        """Wrap a page of the admin: besides who may enter, no NUL, which PostgreSQL cannot even compare with."""
        return super().admin_view(_without_nul(view), cacheable)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Add ``acting`` to what every page knows."""
        return {**super().each_context(request), "acting": acting(request)}

    def get_urls(self) -> list[URLResolver | URLPattern]:
        """Add the switch of organizations; leave out the redirect by content type and id, which tells what exists."""
        kept = [url for url in super().get_urls() if getattr(url, "name", None) != "view_on_site"]
        return [path("organization/", self.admin_view(self.switch_organization), name="switch_organization"), *kept]

    def switch_organization(self, request: HttpRequest) -> HttpResponse:
        """Show where the person may act; a POST with ``organization`` acts there from then on."""
        if request.method != "POST":
            return self._switch_page(request)
        if act_in(request, request.POST.get("organization", "")):
            return HttpResponseRedirect(reverse("admin:index", current_app=self.name))
        self._say_unknown(request)
        return HttpResponseRedirect(request.path)

    def _switch_page(self, request: HttpRequest) -> HttpResponse:
        context = {
            **self.each_context(request),
            "title": "Act in another organization",
            "organizations": organizations_of(request.user),  # type: ignore[arg-type]  # signed in, says admin_view
        }
        return TemplateResponse(request, "admin/switch_organization.html", context)

    def _say_unknown(self, request: HttpRequest) -> None:
        messages.error(request, "There is no such organization, or you do not belong to it.")


def _without_nul(view: View) -> View:
    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        sent = [request.path, *(value for query in (request.GET, request.POST) for _, value in _pairs(query))]
        if any("\x00" in value for value in sent):
            raise BadRequest("a NUL character")
        return view(request, *args, **kwargs)

    return cast(View, checked)


def _pairs(query: QueryDict) -> Iterator[tuple[str, str]]:
    return ((name, value) for name, values in query.lists() for value in values)
