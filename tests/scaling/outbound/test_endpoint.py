"""What a URL may look like, and what of it is shown (reliability B117, B123)."""

from __future__ import annotations

import socket

import pytest

from scaling.outbound import Refused, check_url, fingerprint, masked_url
from scaling.outbound.endpoint import parse_url

SECRET = "https://hooks.example.org/services/T0000/B0000/XXXXsecret?token=hunter2"


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("https://user:pw@example.org/", "user name or password"),
        ("https://@example.org/", "user name or password"),
        ("https://example.org:0/", "Port 0"),
        ("https://example.org:99999/", "host or port"),
        ("https://example.org:-1/", "host or port"),
        ("https://example.org:22/", "Port 22"),
        ("https://example.org:25/", "Port 25"),
        ("https://example.org:5432/", "Port 5432"),
        ("https://example.org:6379/", "Port 6379"),
        ("https://ex.com\\@evil.com", "backslashes"),
        ("file:///etc/passwd", "https://"),
        ("gopher://example.org/", "https://"),
        ("ftp://example.org/", "https://"),
        ("//example.org/", "https://"),
        ("example.org", "https://"),
        ("", "https://"),
        ("https://example.org/\nHost: evil", "control characters"),
        ("https://example.org/\u2028", "control characters"),
        ("https://example.org/\ud800", "control characters"),
        ("https://exa mple.org/", "blanks"),
        ("https://example.org/" + "a" * 3000, "2000 characters"),
        ("https://", "host"),
        ("https:///path", "host"),
        ("https://[::1", "host"),
        ("https://[fe80::1%25eth0]/", "host"),
        ("https://" + "a" * 64 + ".org/", "host"),
        ("https://a..b/", "host"),
        ("https://ex*mple.org/", "host"),
    ],
)
def test_a_url_that_cannot_be_called_is_refused(url, complaint):
    with pytest.raises(Refused, match=complaint):
        check_url(url)


def test_the_port_of_the_database_is_refused(settings, monkeypatch):
    monkeypatch.setitem(settings.DATABASES["default"], "PORT", 6543)
    with pytest.raises(Refused, match="Port 6543"):
        parse_url("https://db.example.org:6543/")


@pytest.mark.parametrize(
    ("url", "authority", "target"),
    [
        ("https://example.org", "example.org", "/"),
        ("HTTPS://Example.ORG:443/a?b=c#d", "example.org", "/a?b=c"),
        ("http://example.org:8080/a%20b", "example.org:8080", "/a%20b"),
        ("http://example.org:443/", "example.org:443", "/"),
        ("https://bücher.example/ß?q=ü", "xn--bcher-kva.example", "/%C3%9F?q=%C3%BC"),
        ("https://[2606:4700::1111]:8443/", "[2606:4700::1111]:8443", "/"),
        ("https://example.org./", "example.org", "/"),
    ],
)
def test_a_url_that_can_be_called_is_taken_apart(url, authority, target):
    endpoint = parse_url(url)
    assert (endpoint.authority, endpoint.target) == (authority, target)


def test_a_name_without_an_address_is_refused(monkeypatch):
    def unknown(*_args, **_options):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(Refused, match=r"nowhere\.example has no address"):
        check_url("https://nowhere.example/")


def test_of_a_secret_url_host_and_hash_are_shown():
    shown = masked_url(SECRET)
    assert shown.startswith("https://hooks.example.org… (")
    assert not any(part in shown for part in ("T0000", "secret", "hunter2"))
    assert shown == masked_url(SECRET)
    assert shown != masked_url(SECRET + "x")


@pytest.mark.parametrize("text", ["slack://tokenA/tokenB/tokenC", "https://[::1", "https://", "no url", "", "x://"])
def test_anything_at_all_can_be_masked(text):
    shown = masked_url(text)
    assert shown.endswith(f"({fingerprint(text)})")
    assert "token" not in shown


def test_a_hash_tells_nothing_without_the_key_of_the_installation(settings):
    before = fingerprint("+49 30 1234")
    settings.SECRET_KEY = "another" * 10
    assert fingerprint("+49 30 1234") != before
