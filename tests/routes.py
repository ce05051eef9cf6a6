"""The routes of the program, out of the URL resolver."""

from __future__ import annotations

import re

from django.urls import URLPattern, get_resolver

from scaling.api.urls import last_resort


def leaves(patterns=None, prefix=""):
    """Yield each URL pattern with its whole path, but for the last resort under ``/v1``."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if pattern is last_resort:
            continue
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield pattern, path
        else:
            yield from leaves(pattern.url_patterns, path)


def api_routes():
    """Return (method, path as OpenAPI writes it) for each endpoint under ``/v1``, in the order of the resolver."""
    return [
        (method, "/" + re.sub(r"<\w+:(\w+)>", r"{\1}", path))
        for pattern, path in leaves()
        if path.startswith("v1/")
        for method in _methods(pattern.callback)
    ]


def _methods(view):
    actions = getattr(view, "actions", None) or [name for name in ("get", "post") if hasattr(view.cls, name)]
    return [method for method in actions if method != "head"]
