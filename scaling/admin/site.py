"""The admin site: who may enter, and in which organization they act."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, TypeVar, cast

from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.decorators import csp_update
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import LogoutView, redirect_to_login
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from unfold.sites import UnfoldAdminSite

from accounts.acting import act_in, acting, organizations_of
from accounts.sign_in.account import no_business
from incidents.lag import is_at_work, silence
from scaling.admin.dashboard import load_dashboard

View = TypeVar("View", bound=Callable[..., HttpResponseBase])

MOST_OFFERED = 50
"""How many organizations one chooses from; of more, one searches."""

_NOT_SERVED = frozenset({"view_on_site", "search"})

# Alpine, on which unfold's pages stand, makes functions of attributes and sets styles; scripts still come from us alone.
_relaxed = csp_update({"script-src": [SELF, UNSAFE_EVAL], "style-src": [SELF, UNSAFE_INLINE]})


class ScalingAdminSite(UnfoldAdminSite):  # type: ignore[misc]  # unfold has no types
    """The admin, in which a session acts in one organization (design D11)."""

    index_title = "Overview"

    def has_permission(self, request: HttpRequest) -> bool:
        """Let in whoever belongs to an active organization, and the operators of the installation."""
        return acting(request).has_business_here

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        """Wrap a page of the admin: besides who may enter, no NUL, which PostgreSQL cannot even compare with.

        The wrapped page's content security policy allows what the pages of unfold need.
        """
        wrapped: View = super().admin_view(_without_nul(view), cacheable)
        return cast(View, _relaxed(wrapped))

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Add ``acting`` to what every page knows, and ``stands_still`` if no worker is at work. One statement."""
        context: dict[str, Any] = super().each_context(request)
        session = acting(request)
        stands_still = session.has_business_here and not is_at_work(silence())
        return {**context, "acting": session, "stands_still": stands_still}

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Show the dashboard."""
        page: TemplateResponse = super().index(request, {**load_dashboard(request), **(extra_context or {})})
        return page

    def get_urls(self) -> list[URLResolver | URLPattern]:
        """Add the switch of organizations; leave out the redirect by content type and id, which tells what exists.

        Nor is there unfold's search, whose answers are kept beyond a change of organization.
        """
        kept = [url for url in super().get_urls() if getattr(url, "name", None) not in _NOT_SERVED]
        return [path("organization/", self.admin_view(self.switch_organization), name="switch_organization"), *kept]

    @method_decorator(never_cache)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Lead to the one page where people sign in; tell somebody who has, and has no business here, so."""
        index = reverse("admin:index", current_app=self.name)
        if self.has_permission(request):
            return HttpResponseRedirect(index)
        if request.user.is_authenticated:
            return no_business(request)
        return redirect_to_login(request.GET.get(REDIRECT_FIELD_NAME, index))

    @method_decorator(never_cache)
    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        """End the session, and lead to where one begins."""
        return LogoutView.as_view(next_page="account_login")(request)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Lead to the one page where people change their password."""
        return HttpResponseRedirect(reverse("account_change_password"))

    def switch_organization(self, request: HttpRequest) -> HttpResponse:
        """Show where the person may act; a POST with ``organization`` acts there from then on."""
        if request.method != "POST":
            return self._switch_page(request)
        if act_in(request, request.POST.get("organization", "")):
            return HttpResponseRedirect(reverse("admin:index", current_app=self.name))
        self._say_unknown(request)
        return HttpResponseRedirect(request.path)

    def _switch_page(self, request: HttpRequest) -> HttpResponse:
        wanted = request.GET.get("q", "").strip()
        offered = organizations_of(request.user)  # type: ignore[arg-type]  # signed in, says admin_view
        found = list(offered.filter(name__icontains=wanted)[: MOST_OFFERED + 1])
        context = {
            **self.each_context(request),
            "title": "Act in another organization",
            "organizations": found[:MOST_OFFERED],
            "wanted": wanted,
            "has_more": len(found) > MOST_OFFERED,
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
