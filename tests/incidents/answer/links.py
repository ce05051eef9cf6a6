"""The link of a page, what it shows, and everything it could change."""

from __future__ import annotations

from incidents.answer.tokens import make_token
from incidents.models import Delivery, Escalation, Firing, Incident, Page, TimelineEvent


def url(page=None):
    return f"/a/{make_token((page or Page.objects.latest('pk')).pk)}"


def text(response):
    return response.content.decode()


def everything():
    return [list(model.objects.order_by("pk").values()) for model in (Incident, Escalation, Firing, Page, Delivery)] + [
        list(TimelineEvent.objects.order_by("pk").values())
    ]
