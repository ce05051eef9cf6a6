"""The page of an invitation. Looking at it changes nothing, its one button joins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from accounts import services
from accounts.errors import InvitationClosed
from accounts.joining.tokens import read_token
from accounts.models import Invitation
from accounts.sources import act_by_link
from scaling import clock
from scaling.errors import InvalidInput, RateLimited
from scaling.pages import link_page
from scaling.ratelimit import count

TRIES_AN_HOUR: Final = 20

_FIELDS: Final = ("first_name", "last_name", "password")


@link_page(unavailable="accounts/joining_later.html")
def join(request: HttpRequest, invitation_token: str) -> HttpResponse:
    """Show whoever holds the link which organization invites them, and let them join.

    The page is the same whether or not their address has a login here. A link we did not make, or whose invitation
    was deleted, is 404; one that has expired is 410. What was typed wrong comes back with 422 and a reason. Joining
    answers 303 to the page that says where to sign in.
    """
    now = clock.now()
    invitation = _find(read_token(invitation_token))
    if invitation is None:
        return _closed(request, HTTPStatus.NOT_FOUND)
    if invitation.is_closed(now):
        return _closed(request, HTTPStatus.GONE)
    if invitation.accepted_at is not None:
        return render(request, "accounts/joined.html", {"invitation": invitation})
    if request.method == "POST":
        return _accept(request, invitation)
    return _form(request, invitation)


def _find(invitation_id: str | None) -> Invitation | None:
    if invitation_id is None:
        return None
    return Invitation.objects.select_related("organization").filter(pk=invitation_id).first()


def _accept(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """Join; a link is good for a few tries an hour, as each may be a guess at a password.

    Whoever is too late, as after a double click, is told what has become of the invitation.
    """
    now = clock.now()
    act_by_link(request, invitation.pk)
    typed = {field: request.POST.get(field, "") for field in _FIELDS}
    there = HttpResponseRedirect(request.path, status=HTTPStatus.SEE_OTHER)
    try:
        count(f"join:{invitation.pk}", limit=TRIES_AN_HOUR, window=timedelta(hours=1), now=now)
        services.accept_invitation(invitation_id=invitation.pk, now=now, **typed)
    except InvitationClosed:
        return there
    except RateLimited as refusal:
        return _form(request, invitation, typed, [("", refusal.message)], HTTPStatus.TOO_MANY_REQUESTS)
    except InvalidInput as refusal:
        return _form(request, invitation, typed, refusal.errors, HTTPStatus.UNPROCESSABLE_ENTITY)
    return there


def _form(
    request: HttpRequest,
    invitation: Invitation,
    typed: Mapping[str, str] | None = None,
    wrong: Sequence[tuple[str, str]] = (),
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    messages = {field: " ".join(text for name, text in wrong if name == field) for field in ("", *_FIELDS)}
    context = {
        "invitation": invitation,
        "typed": typed or {},
        "first_name_wrong": messages["first_name"],
        "last_name_wrong": messages["last_name"],
        "password_wrong": messages["password"],
        "wrong": messages[""],
    }
    return render(request, "accounts/joining.html", context, status=status)


def _closed(request: HttpRequest, status: HTTPStatus) -> HttpResponse:
    return render(request, "accounts/joining_closed.html", status=status)
