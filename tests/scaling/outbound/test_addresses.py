"""Which addresses may be called, whatever they are written like (reliability B112-B114)."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from scaling.outbound import addresses
from scaling.outbound.addresses import check_addresses
from scaling.outbound.client import check_url
from scaling.outbound.errors import Refused

PUBLIC = "93.184.215.14"


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch):
    """This machine has one public address, and the installation's name no other."""
    monkeypatch.setattr(addresses, "_own_addresses", lambda: frozenset({ip_address("5.9.1.2")}))


def judge(*texts):
    check_addresses("hook.example.org", [ip_address(text) for text in texts])


@pytest.mark.parametrize(
    "text",
    [
        "169.254.169.254",
        "127.0.0.1",
        "127.255.255.254",
        "10.1.2.3",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "100.64.0.1",
        "100.127.255.255",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "0.0.0.0",  # noqa: S104 - not bound to
        "0.1.2.3",
        "198.18.0.1",
        "192.88.99.1",
        "203.0.113.5",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fd00:ec2::254",
        "fc00::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:93.184.215.14",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2001::1",
        "2001:db8::1",
        "3fff::1",
        "5f00::1",
        "4000::1",
    ],
)
def test_an_address_that_is_not_public_is_refused(text):
    with pytest.raises(Refused, match="no public address"):
        judge(text)


@pytest.mark.parametrize("text", [PUBLIC, "172.15.255.255", "172.32.0.1", "100.63.0.1", "2606:4700::1111"])
def test_a_public_address_may_be_called(text):
    judge(text)


def test_an_address_of_the_installation_is_refused():
    with pytest.raises(Refused, match="of this installation"):
        judge("5.9.1.2")


def test_one_bad_address_among_good_ones_spoils_them_all():
    with pytest.raises(Refused, match=r"10\.0\.0\.1"):
        judge(PUBLIC, "10.0.0.1")


def test_what_the_operator_allows_may_be_called_and_nothing_beside_it(settings):
    settings.OUTBOUND_ALLOWED_NETWORKS = (ip_network("10.20.0.0/16"), ip_network("5.9.1.2/32"))
    judge("10.20.3.4", "5.9.1.2")
    with pytest.raises(Refused):
        judge("10.21.0.1")


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f.1", "127.1", "017700000001", "①②⑦.⓪.⓪.①", "0", "[::ffff:7f00:1]", "localhost"]
)
def test_loopback_is_refused_however_it_is_written(host):
    with pytest.raises(Refused, match="no public address"):
        check_url(f"http://{host}/")


def test_the_addresses_of_this_machine_are_its_own(monkeypatch):
    monkeypatch.undo()
    assert ip_address("127.0.0.1") in addresses._own_addresses()
