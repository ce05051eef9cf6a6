"""Asking before something is done that cannot be taken back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse

_CONFIRMED: Final = "confirmed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked: ``rows`` are what it is about, ``button`` says what will be done, ``back`` leads away from it.

    ``sent`` are the fields that a form has to send once more.
    """

    title: str
    lead: str
    rows: Iterable[object]
    button: str
    back: str
    sent: Mapping[str, Iterable[str]] = field(default_factory=dict)


def is_confirmed(request: HttpRequest) -> bool:
    """Tell whether the person has been asked, and said yes."""
    return request.method == "POST" and request.POST.get(_CONFIRMED) == "yes"


def ask(page: admin.ModelAdmin[Any], request: HttpRequest, question: Question) -> TemplateResponse:
    """Return the page that asks; its form comes back to the same address."""
    context = {
        **page.admin_site.each_context(request),
        "title": question.title,
        "opts": page.opts,
        "question": question,
    }
    return TemplateResponse(request, "admin/confirm.html", context)


def chosen(request: HttpRequest) -> Mapping[str, Iterable[str]]:
    """Return what an action of a list has to be sent again with."""
    return {name: request.POST.getlist(name) for name in ("action", "_selected_action", "select_across")}
