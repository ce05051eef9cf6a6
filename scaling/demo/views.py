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
    """Show one message, its links ready to be followed."""
    found = mailbox.mail(_directory(), mail_id)
    if found is None:
        raise Http404("No such message.")
    return render(request, "demo/letter.html", {"mail": found})


def _directory() -> Path:
    return Path(settings.DEMO_MAIL_DIR)


urlpatterns = [path("", inbox, name="demo-inbox"), path("/<uuid:mail_id>", letter, name="demo-letter")]
