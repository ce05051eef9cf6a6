"""Where a request comes from: as far as our own proxies say."""

from __future__ import annotations

import pytest
from django.test import RequestFactory

from scaling.client import client_address
from scaling.env import parse_environment

PROXY = "10.0.0.1"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "192.0.2.1", PROXY),
        (1, "192.0.2.1", "192.0.2.1"),
        (1, "made.up, 192.0.2.1", "192.0.2.1"),
        (2, "192.0.2.66, 192.0.2.1, 10.0.0.2", "192.0.2.1"),
        (2, "192.0.2.1", PROXY),
        (1, "", PROXY),
        (1, "nonsense", PROXY),
        (1, "2001:DB8::1", "2001:db8::1"),
    ],
)
def test_the_address_is_what_the_outermost_proxy_of_ours_was_called_from(settings, proxies, forwarded, address):
    settings.SCALING = parse_environment({"SCALING_TRUSTED_PROXIES": str(proxies)})
    request = RequestFactory().get("/", REMOTE_ADDR=PROXY, HTTP_X_FORWARDED_FOR=forwarded)
    assert client_address(request) == address
