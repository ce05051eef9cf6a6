"""The answer page. Looking at it changes nothing, its big button acknowledges (I26, B124 to B126)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from incidents.answer.board import load_board, load_page
from incidents.answer.commands import carry_out
from incidents.answer.happened import load_since
from incidents.answer.tokens import LIFETIME, read_token
from incidents.errors import EscalationMoved, InvalidTargetUser
from incidents.models import Page
from incidents.orders import shown_firing
from scaling import clock
from scaling.errors import DomainError, InvalidInput
from scaling.pages import link_page


@link_page(unavailable="incidents/answer_later.html")
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """Show what is going on to whoever holds the link, and let them do something about it.

    A link we did not make is 404, one whose time is up or whose person has left is 410; both say nothing else.
    What was done answers 303 to the page that shows what came of it; what was refused answers with the page, which
    says why, and has changed nothing. While the database is away, 503 says that an answer may not have been recorded.
    """
    now = clock.now()
    page_id = read_token(token)
    page = None if page_id is None else load_page(page_id)
    if page is None:
        return render(request, "incidents/answer_closed.html", status=HTTPStatus.NOT_FOUND)
    if not _is_open(page, now):
        return render(request, "incidents/answer_closed.html", status=HTTPStatus.GONE)
    if request.method == "POST":
        return _carry_out(request, page, now)
    return render(request, "incidents/answer.html", {"board": load_board(page, now)})


def _carry_out(request: HttpRequest, page: Page, now: datetime) -> HttpResponse:
    try:
        carry_out(page, request.POST, now)
    except DomainError as error:
        board = load_board(page, now)
        refused = {"board": board, "problem": _problem(error), "since": _since(request, page, error, now)}
        return render(request, "incidents/answer.html", refused, status=error.status)
    return HttpResponseRedirect(request.path, status=HTTPStatus.SEE_OTHER)


def _problem(error: DomainError) -> str:
    if isinstance(error, InvalidInput):
        return error.errors[0][1]
    if isinstance(error, InvalidTargetUser):
        return "Nobody can be paged under that name. Choose somebody from the list."
    if isinstance(error, EscalationMoved):
        return "Nothing was changed, because this went on while you looked. If you still want to, choose again."
    return error.message


def _since(request: HttpRequest, page: Page, error: DomainError, now: datetime) -> Sequence[str]:
    """Return what happened since the page was shown, where that is why nothing was done."""
    is_moved = isinstance(error, EscalationMoved)
    return load_since(page.escalation, shown_firing(request.POST), now) if is_moved else ()


def _is_open(page: Page, now: datetime) -> bool:
    """Tell whether the link still holds: not too old, and its person has neither left nor lost the login."""
    if now >= page.started_at + LIFETIME:
        return False
    person = page.membership
    return person is None or (person.ended_at is None and person.user.is_active)
