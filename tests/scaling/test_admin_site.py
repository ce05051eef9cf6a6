"""The site around the pages of the admin: its navigation, and what its pages let a browser do."""

from __future__ import annotations

from django.test import Client

from scaling.admin.site import MOST_OFFERED
from tests.factories.accounts import OrganizationFactory

RELAXED = {"script-src 'self' 'unsafe-eval'", "style-src 'self' 'unsafe-inline'"}


def entries(client):
    groups = client.get("/admin/").context["sidebar_navigation"]
    return [item["title"] for group in groups for item in group["items"]]


def allowed(response):
    return set(response["Content-Security-Policy"].split("; "))


def test_the_sidebar_offers_what_one_may_look_at(as_alice, as_bob, as_olivia):
    assert "API keys" in entries(as_alice)
    assert "API keys" not in entries(as_bob)
    assert {"Incidents", "Policies", "Schedules", "People"} <= set(entries(as_bob))
    assert "Logins" not in entries(as_alice)
    assert "Logins" in entries(as_olivia)


def test_the_sidebar_tells_where_one_acts(as_alice, acme):
    assert as_alice.get("/admin/").context["site_subheader"] == acme.name


def test_only_the_admin_relaxes_what_a_browser_may_do(as_alice):
    for path in ("/admin/", "/admin/accounts/membership/", "/admin/organization/"):
        assert allowed(as_alice.get(path)) >= RELAXED
    for path in ("/me", "/v1/openapi.json"):
        assert not allowed(as_alice.get(path)) & RELAXED


def test_nothing_is_loaded_from_elsewhere(as_alice):
    page = as_alice.get("/admin/").content.decode()
    assert 'src="http' not in page
    assert 'href="http' not in page


def test_there_is_no_search_over_everything(as_alice, db):
    assert as_alice.get("/admin/search/?s=pol").status_code == 404
    assert Client().get("/admin/search/?s=pol").status_code in {302, 404}


def test_of_many_organizations_one_searches(as_olivia, as_bob, acme, rival):
    OrganizationFactory.create_batch(MOST_OFFERED)
    page = as_olivia.get("/admin/organization/")
    assert (len(page.context["organizations"]), page.context["has_more"]) == (MOST_OFFERED, True)
    found = as_olivia.get("/admin/organization/?q=RIV")
    assert list(found.context["organizations"]) == [rival]
    assert list(as_bob.get("/admin/organization/?q=riv").context["organizations"]) == []
    assert b'type="search"' not in as_bob.get("/admin/organization/").content
