"""The admin pages of components: what an organization runs, and what of it is affected now."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest

from accounts.admin.tenancy import STALE
from incidents.admin import component as pages
from incidents.admin.component import MOST_OPEN
from incidents.models import AffectedComponent, Component
from incidents.services import update_component
from scaling.ids import new_uuid
from tests.admin_pages import complaints, statements
from tests.factories.incidents import NIGHT, ComponentFactory, IncidentFactory

COMPONENTS = "/admin/incidents/component/"
ADD = f"{COMPONENTS}add/"


def page(component, name="change"):
    return f"{COMPONENTS}{component.pk}/{name}/"


def form(**changes):
    return {"name": "Payments API", "operational_status": "operational", "shown_version": "1", **changes}


def text(client, path=COMPONENTS):
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def affected(component, **fields):
    incident = IncidentFactory(organization=component.organization, **fields)
    AffectedComponent.objects.create(organization=incident.organization, incident=incident, component=component)
    return incident


@pytest.fixture
def component(acme):
    return ComponentFactory(organization=acme, name="Payments API", aliases=["pay", "till"])


class TestSaving:
    def test_an_admin_adds_one_with_every_field(self, as_alice, acme):
        sent = form(
            group_label="Checkout",
            operational_status="degraded",
            description="Takes the money.",
            aliases=" pay \n\ntill\n",
            maintenance_starts_at="2026-11-23T04:00",
            maintenance_ends_at="2026-11-23T05:00",
        )
        assert as_alice.post(ADD, sent).status_code == 302
        made = Component.objects.get()
        assert (made.organization, made.name, made.group_label) == (acme, "Payments API", "Checkout")
        assert (made.operational_status, made.description, made.aliases) == (
            "degraded",
            "Takes the money.",
            ["pay", "till"],
        )
        assert f"{made.maintenance_starts_at:%H:%M} {made.maintenance_ends_at:%H:%M}" == "04:00 05:00"

    def test_saving_what_is_shown_changes_nothing(self, as_alice, component):
        shown = as_alice.get(page(component)).context["adminform"].form
        sent = {name: shown[name].value() or "" for name in shown.fields}
        assert as_alice.post(page(component), sent).status_code == 302
        component.refresh_from_db()
        assert (component.version, component.aliases, component.group_label) == (1, ["pay", "till"], None)

    def test_what_is_left_empty_is_taken_away(self, as_alice, component):
        as_alice.post(page(component), form(operational_status="major_outage"))
        component.refresh_from_db()
        assert (component.version, component.aliases, component.operational_status) == (2, [], "major_outage")

    @pytest.mark.parametrize(
        ("sent", "field", "words"),
        [
            ({"name": "\u200b"}, "name", "visible character"),
            ({"name": "till"}, "name", "a component named"),
            ({"group_label": "a\u202eb"}, "group_label", "control, direction"),
            ({"operational_status": "down"}, "operational_status", "valid choice"),
            ({"aliases": "pay\npay"}, "aliases", "twice"),
            ({"aliases": "x" * 256}, "aliases", "longer than 255"),
            ({"aliases": "\n".join(map(str, range(51)))}, "aliases", "more than 50"),
            ({"description": "x" * 10_001}, "description", "longer than 10000"),
            ({"maintenance_ends_at": "2026-11-23T05:00"}, "maintenance_starts_at", "both ends or neither"),
            ({"maintenance_starts_at": "2026-11-23T05:00"}, "maintenance_ends_at", "both ends or neither"),
            (
                {"maintenance_starts_at": "2026-11-23T05:00", "maintenance_ends_at": "2026-11-23T05:00"},
                "maintenance_ends_at",
                "later than the start",
            ),
        ],
    )
    def test_what_is_refused_is_told_beside_its_field(self, as_alice, acme, component, sent, field, words):
        ComponentFactory(organization=acme, name="Till")
        told = complaints(as_alice.post(page(component), form(**sent)))
        assert list(told) == [field]
        assert words in told[field][0]
        component.refresh_from_db()
        assert component.version == 1

    def test_a_form_somebody_else_has_overtaken_saves_nothing(self, as_alice, component):
        update_component(organization_id=component.organization_id, component_id=component.pk, now=NIGHT, name="New")
        assert STALE in complaints(as_alice.post(page(component), form(name="Mine")))["__all__"]
        component.refresh_from_db()
        assert component.name == "New"


class TestDeleting:
    def test_one_that_is_deleted_stays_for_the_incidents_that_name_it(self, as_alice, component):
        affected(component)
        assert as_alice.post(page(component, "delete"), {"post": "yes"}).status_code == 302
        component.refresh_from_db()
        assert component.deleted_at is not None
        assert as_alice.get(page(component)).status_code == 404
        assert list(as_alice.get(COMPONENTS).context["cl"].result_list) == []

    def test_several_are_deleted_from_the_list(self, as_alice, acme, component):
        other = ComponentFactory(organization=acme)
        chosen = {"action": "delete_selected", "_selected_action": [str(component.pk), str(other.pk)], "post": "yes"}
        as_alice.post(COMPONENTS, chosen)
        assert not Component.objects.current().exists()


class TestReading:
    def test_the_list_tells_how_each_is_and_how_many_open_incidents_affect_it(self, as_bob, component):
        affected(component)
        affected(component, status="resolved")
        (shown,) = as_bob.get(COMPONENTS).context["cl"].result_list
        assert shown.open_count == 1
        assert 'aria-hidden="true">check_circle</span>Operational</span>' in text(as_bob)

    def test_the_page_names_the_open_incidents_the_newest_first(self, as_bob, component):
        for number in range(MOST_OPEN + 2):
            affected(component, title=f"Slow {number}.")
        affected(component, status="resolved", title="Over and out")
        shown = text(as_bob, page(component))
        assert f"Slow {MOST_OPEN + 1}." in shown
        assert "Slow 1." not in shown
        assert "2 more" in shown
        assert "Over and out" not in shown

    @pytest.mark.parametrize(
        ("hours", "words"),
        [
            (-1, "Mon 23 Nov 2026 03:00 until Mon 23 Nov 2026 05:00 UTC"),
            (0, "now</span> until Mon 23 Nov 2026 05:00 UTC"),
            (2, "over since Mon 23 Nov 2026 05:00 UTC"),
        ],
    )
    def test_maintenance_is_told_as_it_stands(self, as_bob, acme, monkeypatch, hours, words):
        monkeypatch.setattr(pages, "timezone", SimpleNamespace(now=lambda: NIGHT + timedelta(hours=hours)))
        planned = {"maintenance_starts_at": NIGHT, "maintenance_ends_at": NIGHT + timedelta(hours=2)}
        component = ComponentFactory(organization=acme, **planned)
        assert words in text(as_bob)
        assert words in text(as_bob, page(component))

    @pytest.mark.parametrize("words", ["payments", "TILL", "checkout"])
    def test_it_is_found_by_name_alias_and_group(self, as_bob, acme, component, words):
        ComponentFactory(organization=acme, name="Other")
        Component.objects.filter(pk=component.pk).update(group_label="Checkout")
        assert list(as_bob.get(COMPONENTS, {"q": words}).context["cl"].result_list) == [component]

    def test_what_was_changed_is_on_its_history(self, as_alice, component):
        as_alice.post(page(component), form(operational_status="degraded"))
        shown = text(as_alice, page(component, "history"))
        assert "Alice" in shown
        assert "Degraded" in shown


class TestRights:
    def test_members_look_and_change_nothing(self, as_bob, component):
        shown = text(as_bob, page(component))
        assert "pay, till" in shown
        assert 'name="name"' not in shown
        assert as_bob.get(ADD).status_code == 403
        for name in ("change", "delete"):
            assert as_bob.post(page(component, name), form(name="Mine", post="yes")).status_code == 403
        component.refresh_from_db()
        assert (component.name, component.deleted_at) == ("Payments API", None)

    def test_those_of_another_organization_are_unknown(self, as_alice, rival):
        theirs = ComponentFactory(organization=rival)
        for one in (theirs, Component(pk=new_uuid())):
            for name in ("change", "delete", "history"):
                assert as_alice.get(page(one, name)).status_code == 404
                assert as_alice.post(page(one, name), form(post="yes")).status_code in {404, 405}
        theirs.refresh_from_db()
        assert (theirs.version, theirs.deleted_at) == (1, None)


def test_costs_are_the_same_for_many(as_alice, acme, component):
    costs = []
    planned = {"maintenance_starts_at": NIGHT, "maintenance_ends_at": NIGHT + timedelta(hours=2)}
    for more in (1, 15):
        for one in (component, *ComponentFactory.create_batch(more, organization=acme, **planned)):
            affected(one)
        costs.append([statements(as_alice, path) for path in (COMPONENTS, ADD, page(component))])
    assert costs[0] == costs[1]
