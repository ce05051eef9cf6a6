"""Where a request comes from, as far as that can be believed."""

from __future__ import annotations

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """Return the IP address of whoever calls; empty where the web server is told none, as over a Unix socket.

    With ``SCALING_TRUSTED_PROXIES`` it is what the outermost of these proxies wrote down. Whatever stands before that
    in ``X-Forwarded-For`` the caller may have made up.
    """
    direct: str = request.META.get("REMOTE_ADDR", "")
    proxies: int = settings.SCALING.trusted_proxies
    passed_on = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    if not proxies or len(passed_on) < proxies:
        return direct
    return _checked(passed_on[-proxies]) or direct


def _checked(text: str) -> str:
    try:
        return str(ip_address(text.strip()))
    except ValueError:
        return ""
