"""The mailbox as a page, for a newcomer to see pages arrive and press their button."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from scaling.demo import mailbox


def inbox(request: HttpRequest) -> HttpResponse:
    """Show everything that has arrived, newest first."""
    return render(request, "demo/inbox.html", {"mails": mailbox.mails(_directory())})


def letter(request: HttpRequest, mail_id: UUID) -> HttpResponse:
    """Show one message as text, its links ready to be followed."""
    return render(request, "demo/letter.html", {"mail": _mail(mail_id)})


def sheet(request: HttpRequest, mail_id: UUID) -> HttpResponse:
    """Show one message as a mail program does: by its HTML, with the styles in it and nothing else."""
    headers = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
    return HttpResponse(_mail(mail_id).html, headers=headers)


def _mail(mail_id: UUID) -> mailbox.Mail:
    found = mailbox.mail(_directory(), mail_id)
    if found is None:
        raise Http404("No such message.")
    return found


def _directory() -> Path:
    return Path(settings.DEMO_MAIL_DIR)


urlpatterns = [
    path("", inbox, name="demo-inbox"),
    path("/<uuid:mail_id>", letter, name="demo-letter"),
    path("/<uuid:mail_id>/html", sheet, name="demo-sheet"),
]
