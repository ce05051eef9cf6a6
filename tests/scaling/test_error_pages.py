"""What somebody sees where there is nothing to see: in our look, with a way on, and no word about what exists."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import path


def broken(request):
    raise RuntimeError("a detail of ours")


urlpatterns = [path("broken", broken)]


@pytest.mark.parametrize(
    "address", ["/nothing/here", "/admin/escalation/policy/0198c0de-0000-7000-8000-000000000001/change/"]
)
def test_an_address_that_leads_nowhere_says_so(as_alice, address):
    answer = as_alice.get(address)
    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()


def test_a_page_of_others_says_so(as_bob):
    answer = as_bob.get("/admin/accounts/apikey/")
    assert answer.status_code == 403
    assert "This is not yours to see" in answer.content.decode()


@pytest.mark.urls(__name__)
def test_a_fault_of_ours_tells_nothing_of_its_inside(db):
    answer = Client(raise_request_exception=False).get("/broken")
    assert answer.status_code == 500
    assert "That went wrong" in answer.content.decode()
    assert "a detail of ours" not in answer.content.decode()
    assert answer["X-Request-Id"]


def test_browsers_find_a_picture_for_the_tab(client, db):
    assert client.get("/favicon.ico")["Location"].endswith("scaling/icon.svg")
