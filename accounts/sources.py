"""Who changes something by a request, for the audit log."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest

from scaling.audit.source import KEY, LINK, PERSON, VISITOR, Source
from scaling.request_id import request_id_of

_LINK: Final = "_link"


def act_by_link(request: HttpRequest, of: str) -> None:
    """Note that whoever asks holds a link of ours: to what, says the id ``of``; never the link's token."""
    setattr(request, _LINK, of)


def source_of(request: HttpRequest) -> Source:
    """Return who acts by ``request``: its API key, the link it came by, whoever is signed in, or somebody unknown.

    The route is told and not the path, as paths of links hold their tokens.
    """
    kind, actor_id = _actor(request)
    route = "" if request.resolver_match is None else request.resolver_match.route
    return Source(
        kind=kind, id=actor_id, request_id=request_id_of(request), origin=f"{request.method} /{route.lstrip('/^')}"
    )


def _actor(request: HttpRequest) -> tuple[str, str]:
    actor = getattr(request, "actor", None)
    if actor is not None:
        return KEY, actor.key_id
    if hasattr(request, _LINK):
        return LINK, getattr(request, _LINK)
    user = request.user
    return (PERSON, user.pk) if user.is_authenticated else (VISITOR, "")
