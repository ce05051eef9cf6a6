"""A person's own page. Every form of it is one command, answered by the page again with what came of it."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.acting import act_in, acting, organizations_of
from accounts.models import Membership, User
from incidents.me.board import load_board
from incidents.me.commands import carry_out
from scaling import clock
from scaling.errors import DomainError, InvalidInput
from scaling.pages import private


@private
@require_http_methods(["GET", "HEAD", "POST"])
def me(request: HttpRequest) -> HttpResponse:
    """Show somebody signed in what concerns them in the organization their session acts in, and let them change it.

    Whoever is not signed in is sent to the sign-in page. A POST names its ``command``; it answers 303 to this page,
    which says what came of it.
    """
    here = acting(request)
    user = request.user
    if not here.user_id or not isinstance(user, User):
        return redirect_to_login(request.path, reverse("account_login"))
    if request.method == "POST" and request.POST.get("command") == "act_in":
        return _switch(request)
    member = _membership(here.organization_id, user)
    if request.method == "POST":
        return _carry_out(request, member)
    board = None if member is None else load_board(member, clock.now())
    there = list(organizations_of(user))
    return render(request, "incidents/me/page.html", {"board": board, "acting": here, "organizations": there})


def _membership(organization_id: str | None, user: User) -> Membership | None:
    found = Membership.objects.current().select_related("organization", "user")
    member: Membership | None = found.filter(organization_id=organization_id, user=user).first()
    return member


def _switch(request: HttpRequest) -> HttpResponse:
    wanted = request.POST.get("organization", "")
    if "\x00" in wanted or not act_in(request, wanted):
        messages.error(request, "There is no such organization, or you do not belong to it.")
    return _see_page()


def _carry_out(request: HttpRequest, member: Membership | None) -> HttpResponse:
    try:
        if member is None:
            raise InvalidInput([("", "You are no member of this organization.")])
        messages.success(request, carry_out(member, request.POST, clock.now()))
    except DomainError as error:
        messages.error(request, _problem(error))
    return _see_page()


def _problem(error: DomainError) -> str:
    if isinstance(error, InvalidInput):
        text = error.errors[0][1]
        # What services say of a field begins in lower case, as its name goes before it elsewhere.
        return text if text[:1].isupper() else f"{error.errors[0][0].capitalize()} {text}"
    return error.message


def _see_page() -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("me"), status=HTTPStatus.SEE_OTHER)
