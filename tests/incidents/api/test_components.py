"""Components, and which of them an incident affects (contract sections 6 and 9)."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.models import Component, TimelineEvent
from scaling.ids import new_uuid
from tests.factories.accounts import OrganizationFactory
from tests.factories.incidents import ComponentFactory
from tests.incidents.running import START, deliveries, make_policy, minutes, reload, run, told, trigger

pytestmark = pytest.mark.django_db

COMPONENTS = "/v1/components"


def create(client, name="Payments API", **fields):
    return client.post(COMPONENTS, {"name": name, **fields})


def made(response):
    assert response.status_code == 201, response.content
    return response.json()["data"]


def path_of(component):
    return f"{COMPONENTS}/{component['id']}"


def refusal(response):
    return response.status_code, response.json()["code"]


def wrong_fields(response):
    assert refusal(response) == (422, "validation_error")
    return [error["field"] for error in response.json()["errors"]]


class TestCreate:
    def test_answers_with_the_component_to_the_byte(self, api, organization):
        response = create(api, aliases=["payments", "checkout"])
        component = Component.objects.get()
        assert response.status_code == 201
        assert response.content.decode() == (
            f'{{"data":{{"id":"{component.pk}","orgId":"{organization.pk}","name":"Payments API","description":null,'
            '"aliases":["payments","checkout"],"operationalStatus":"operational","maintenanceWindow":null,'
            '"groupLabel":null,"createdAt":"2026-11-23T03:00:00.000Z","updatedAt":"2026-11-23T03:00:00.000Z"}}'
        )

    def test_takes_every_field(self, api):
        fields = {
            "description": "Handles payments",
            "aliases": ["pay"],
            "operationalStatus": "maintenance",
            "maintenanceWindow": {"startedAt": "2026-11-23T04:00:00.000Z", "endsAt": "2026-11-23T05:00:00.000Z"},
            "groupLabel": "Checkout",
        }
        component = made(create(api, **fields))
        assert {name: component[name] for name in fields} == fields

    @pytest.mark.parametrize("name", ["PAYMENTS API", " payments api ", "\uff30ayments API"])
    def test_a_name_is_unique_however_it_is_spelled(self, api, name):
        create(api)
        assert refusal(create(api, name)) == (409, "name_conflict")
        assert Component.objects.count() == 1

    def test_another_organization_may_have_the_name(self, api):
        ComponentFactory(name="Payments API")
        made(create(api))

    @pytest.mark.parametrize(
        ("sent", "field"),
        [
            ({"name": ""}, "name"),
            ({"name": "\u200b"}, "name"),
            ({"name": "x" * 101}, "name"),
            ({"name": None}, "name"),
            ({"name": 5}, "name"),
            ({"description": "x" * 10_001}, "description"),
            ({"description": 1}, "description"),
            ({"aliases": None}, "aliases"),
            ({"aliases": "pay"}, "aliases"),
            ({"aliases": ["pay"] * 2}, "aliases"),
            ({"aliases": [str(number) for number in range(51)]}, "aliases"),
            ({"aliases": [""]}, "aliases.0"),
            ({"aliases": ["ok", "x" * 256]}, "aliases.1"),
            ({"aliases": [1]}, "aliases.0"),
            ({"operationalStatus": "down"}, "operationalStatus"),
            ({"operationalStatus": None}, "operationalStatus"),
            ({"maintenanceWindow": "tonight"}, "maintenanceWindow"),
            ({"maintenanceWindow": {"startedAt": "2026-11-23T04:00:00Z"}}, "maintenanceWindow.endsAt"),
            (
                {"maintenanceWindow": {"startedAt": "2026-11-23T04:00:00Z", "endsAt": "2026-11-23T04:00:00Z"}},
                "maintenanceWindow.endsAt",
            ),
            (
                {"maintenanceWindow": {"startedAt": "2026-11-23", "endsAt": "2026-11-24T04:00:00Z"}},
                "maintenanceWindow.startedAt",
            ),
            ({"groupLabel": ""}, "groupLabel"),
            ({"groupLabel": "x" * 101}, "groupLabel"),
            ({"status": "operational"}, "status"),
        ],
    )
    def test_names_the_field_that_has_the_wrong_shape(self, api, sent, field):
        assert wrong_fields(api.post(COMPONENTS, {"name": "Payments API", **sent})) == [field]
        assert not Component.objects.exists()

    def test_needs_a_name(self, api):
        assert wrong_fields(api.post(COMPONENTS, {})) == ["name"]

    def test_takes_fifty_aliases_and_a_hundred_characters(self, api):
        made(create(api, "x" * 100, aliases=["a" * 255, *(str(number) for number in range(49))]))


class TestChange:
    def test_changes_what_is_sent_and_nothing_else(self, api, at):
        component = made(create(api, aliases=["pay"], description="Handles payments"))
        at(minutes(1))
        changed = api.patch(path_of(component), {"operationalStatus": "degraded"}).json()["data"]
        assert changed == {
            **component,
            "operationalStatus": "degraded",
            "updatedAt": "2026-11-23T03:01:00.000Z",
        }

    def test_replaces_the_aliases_as_a_whole(self, api):
        component = made(create(api, aliases=["pay", "checkout"]))
        assert api.patch(path_of(component), {"aliases": ["money"]}).json()["data"]["aliases"] == ["money"]
        assert api.patch(path_of(component), {"aliases": []}).json()["data"]["aliases"] == []

    def test_null_clears_what_may_be_null(self, api):
        window = {"startedAt": "2026-11-23T04:00:00Z", "endsAt": "2026-11-23T05:00:00Z"}
        component = made(create(api, description="What", groupLabel="Web", maintenanceWindow=window))
        nulls = dict.fromkeys(("description", "groupLabel", "maintenanceWindow"))
        assert api.patch(path_of(component), nulls).json()["data"].items() >= nulls.items()

    def test_takes_back_what_was_read(self, api):
        component = made(create(api, aliases=["pay"]))
        assert api.patch(path_of(component), component).json()["data"] == component

    def test_a_part_of_a_window_is_none(self, api):
        component = made(create(api))
        sent = {"maintenanceWindow": {"endsAt": "2026-11-23T05:00:00Z"}}
        assert wrong_fields(api.patch(path_of(component), sent)) == ["maintenanceWindow.startedAt"]

    def test_refuses_the_name_of_another(self, api):
        create(api, "Web")
        component = made(create(api))
        assert refusal(api.patch(path_of(component), {"name": "WEB"})) == (409, "name_conflict")
        assert api.patch(path_of(component), {"name": "payments api"}).status_code == 200

    def test_is_refused_when_somebody_wrote_in_between(self, api):
        component = made(create(api))
        tag = api.get(path_of(component))["ETag"]
        api.patch(path_of(component), {"name": "Web"})
        for method, body in (("patch", {"name": "Mail"}), ("delete", "")):
            response = getattr(api, method)(path_of(component), body, headers={"If-Match": tag})
            assert refusal(response) == (412, "precondition_failed")
        assert api.get(path_of(component)).json()["data"]["name"] == "Web"


class TestList:
    def test_pages_through_newest_first(self, api, organization):
        made_first = [ComponentFactory(organization=organization, created_at=minutes(n)) for n in range(3)]
        ComponentFactory()
        first = api.get(COMPONENTS, {"limit": 2}).json()["data"]
        rest = api.get(COMPONENTS, {"limit": 2, "cursor": first["nextCursor"]}).json()["data"]
        assert [row["id"] for row in first["components"] + rest["components"]] == [
            str(component.pk) for component in reversed(made_first)
        ]
        assert rest["nextCursor"] is None

    @pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 101}, {"limit": "x"}, {"cursor": "x"}])
    def test_refuses_what_is_no_page(self, api, query):
        assert wrong_fields(api.get(COMPONENTS, query)) == list(query)

    def test_refuses_the_cursor_of_another_list(self, api, organization):
        for _ in range(2):
            trigger(organization, make_policy(organization))
        cursor = api.get("/v1/incidents", {"limit": 1}).json()["data"]["nextCursor"]
        assert wrong_fields(api.get(COMPONENTS, {"cursor": cursor})) == ["cursor"]

    @pytest.mark.parametrize("size", [1, 30])
    def test_costs_the_same_for_few_and_many(self, api, organization, size):
        ComponentFactory.create_batch(size, organization=organization)
        with CaptureQueriesContext(connection) as statements:
            assert len(api.get(COMPONENTS, {"limit": 100}).json()["data"]["components"]) == size
        assert len(statements) == 2


class TestDelete:
    def test_answers_without_a_body_and_is_gone(self, api):
        component = made(create(api))
        response = api.delete(path_of(component))
        assert (response.status_code, response.content) == (204, b"")
        for call in (api.get, api.delete, lambda path: api.patch(path, {"name": "Web"})):
            assert refusal(call(path_of(component))) == (404, "not_found")
        assert api.get(COMPONENTS).json()["data"]["components"] == []

    def test_gives_the_name_back(self, api):
        component = made(create(api))
        api.delete(path_of(component))
        assert made(create(api))["id"] != component["id"]

    def test_incidents_go_on_telling_it(self, api, organization):
        component = made(create(api))
        incident = made(open_incident(api, organization, [component]))
        api.delete(path_of(component))
        shown = api.get(f"/v1/incidents/{incident['id']}").json()["data"]["affectedComponents"]
        assert shown == [{"id": component["id"], "name": "Payments API"}]

    def test_no_incident_takes_it_on_but_those_that_have_it_may_keep_it(self, api, organization):
        gone, web = made(create(api)), made(create(api, "Web"))
        incident = made(open_incident(api, organization, [gone]))
        api.delete(path_of(gone))
        assert affected(put(api, incident, [gone, web])) == ["Payments API", "Web"]
        assert affected(put(api, incident, [web])) == ["Web"]
        assert refusal(put(api, incident, [gone, web])) == (400, "invalid_component_id")
        assert refusal(open_incident(api, organization, [gone])) == (400, "invalid_component_id")


def open_incident(client, organization, components, **fields):
    policy = make_policy(organization)
    body = {"title": "Invoices stuck", "severity": "high", "escalationPolicyId": str(policy.pk)}
    return client.post("/v1/incidents", {**body, "componentIds": [one["id"] for one in components], **fields})


def put(client, incident, components, **options):
    path = f"/v1/incidents/{incident['id']}/components"
    return client.put(path, {"componentIds": [one["id"] for one in components]}, **options)


def affected(response):
    assert response.status_code == 200, response.content
    return [one["name"] for one in response.json()["data"]["affectedComponents"]]


class TestAffected:
    @pytest.fixture
    def web(self, api):
        return made(create(api, "Web"))

    @pytest.fixture
    def mail(self, api):
        return made(create(api, "Mail"))

    @pytest.fixture
    def incident(self, api, organization, web):
        return made(open_incident(api, organization, [web]))

    def test_are_told_by_name_wherever_the_incident_is(self, api, organization, web, mail):
        incident = made(open_incident(api, organization, [web, mail]))
        expected = [{"id": mail["id"], "name": "Mail"}, {"id": web["id"], "name": "Web"}]
        path = f"/v1/incidents/{incident['id']}"
        listed = api.get("/v1/incidents").json()["data"]["incidents"][0]
        acknowledged = api.post(f"{path}/acknowledge").json()["data"]
        stepped = api.patch(f"{path}/status", {"status": "identified"}).json()["data"]
        for body in (incident, listed, acknowledged, stepped, api.get(path).json()["data"]):
            assert body["affectedComponents"] == expected

    def test_are_told_when_an_open_incident_takes_a_repeat(self, api, organization, web):
        first = open_incident(api, organization, [web], dedupKey="disk")
        again = open_incident(api, organization, [], dedupKey="disk")
        assert again.status_code == 200
        assert again.json() == first.json()

    def test_bear_their_new_name_at_once(self, api, web, incident):
        api.patch(path_of(web), {"name": "Website"})
        assert affected(api.get(f"/v1/incidents/{incident['id']}")) == ["Website"]

    def test_are_replaced_as_a_whole_and_told(self, api, at, web, mail, incident):
        at(minutes(1))
        response = put(api, incident, [mail])
        assert response.json()["data"] == {
            **incident,
            "affectedComponents": [{"id": mail["id"], "name": "Mail"}],
            "updatedAt": "2026-11-23T03:01:00.000Z",
        }
        event = TimelineEvent.objects.get(type="components_changed")
        assert event.details == {
            "added": [{"id": mail["id"], "name": "Mail"}],
            "removed": [{"id": web["id"], "name": "Web"}],
        }

    def test_are_cleared_by_an_empty_list(self, api, incident):
        assert affected(put(api, incident, [])) == []

    def test_the_same_again_changes_nothing(self, api, web, incident):
        before = api.get(f"/v1/incidents/{incident['id']}")
        assert affected(put(api, incident, [web])) == ["Web"]
        after = api.get(f"/v1/incidents/{incident['id']}")
        assert (after.content, after["ETag"]) == (before.content, before["ETag"])

    def test_of_a_resolved_incident_can_be_corrected(self, api, mail, incident):
        api.post(f"/v1/incidents/{incident['id']}/resolve")
        assert affected(put(api, incident, [mail])) == ["Mail"]

    def test_are_not_written_over_what_somebody_else_wrote(self, api, mail, incident):
        tag = api.get(f"/v1/incidents/{incident['id']}")["ETag"]
        put(api, incident, [])
        assert refusal(put(api, incident, [mail], headers={"If-Match": tag})) == (412, "precondition_failed")

    def test_never_change_who_is_paged(self, api, organization, ada, bob, web, mail):
        stories = []
        for components in ([], [web["id"], mail["id"]]):
            escalation = trigger(organization, make_policy(organization, [ada], [bob]), component_ids=components)
            put(api, {"id": escalation.pk}, [mail])
            run(START)
            run(minutes(5))
            row = reload(escalation)
            paging = [kind for kind in told(escalation) if kind != "components_changed"]
            stories.append((deliveries(escalation), paging, row.state, row.position, row.due_at))
        assert stories[0] == stories[1]

    @pytest.mark.parametrize(
        ("ids", "code"),
        [
            (["x"], "invalid_component_id"),
            ([""], None),
            (["x", "x"], "duplicate_component_id"),
            ([1], None),
            (None, None),
            ("x", None),
            ({}, None),
            (["y"] * 101, None),
        ],
    )
    def test_are_checked_alike_when_opening_and_when_changing(self, api, organization, incident, ids, code):
        opened = open_incident(api, organization, [], componentIds=ids)
        changed = api.put(f"/v1/incidents/{incident['id']}/components", {"componentIds": ids})
        assert refusal(opened) == refusal(changed) == ((400, code) if code else (422, "validation_error"))
        assert len(api.get("/v1/incidents").json()["data"]["incidents"]) == 1
        assert affected(api.get(f"/v1/incidents/{incident['id']}")) == ["Web"]

    def test_named_twice_in_another_spelling_are_named_twice(self, api, web, incident):
        spelled = {"id": web["id"].upper()}
        assert refusal(put(api, incident, [web, spelled])) == (400, "duplicate_component_id")
        assert affected(put(api, incident, [spelled])) == ["Web"]

    def test_of_nobody_are_refused(self, api, organization, incident):
        foreign = {"id": str(ComponentFactory(organization=OrganizationFactory()).pk)}
        for component in (foreign, {"id": str(new_uuid())}):
            assert refusal(put(api, incident, [component])) == (400, "invalid_component_id")
            assert refusal(open_incident(api, organization, [component])) == (400, "invalid_component_id")

    def test_are_needed(self, api, incident):
        assert wrong_fields(api.put(f"/v1/incidents/{incident['id']}/components", {})) == ["componentIds"]

    @pytest.mark.parametrize("size", [1, 12])
    def test_cost_the_list_of_incidents_nothing(self, api, organization, size):
        components = ComponentFactory.create_batch(size, organization=organization)
        for _ in range(size):
            trigger(
                organization, make_policy(organization), component_ids=[str(component.pk) for component in components]
            )
        with CaptureQueriesContext(connection) as statements:
            rows = api.get("/v1/incidents").json()["data"]["incidents"]
        assert [len(row["affectedComponents"]) for row in rows] == [size] * size
        assert len(statements) == 2

    @pytest.mark.parametrize("size", [1, 12])
    def test_cost_the_same_to_set_for_few_and_many(self, api, organization, incident, size):
        components = [{"id": str(one.pk)} for one in ComponentFactory.create_batch(size, organization=organization)]
        with CaptureQueriesContext(connection) as statements:
            assert len(affected(put(api, incident, components))) == size
        work = [row["sql"] for row in statements if not row["sql"].startswith(("SAVEPOINT", "RELEASE"))]
        assert len(work) == 11


@pytest.mark.parametrize("scope", ["read", "trigger"])
def test_a_key_does_what_its_scope_says(api, organization, client_of, scope):
    component = made(create(api))
    client = client_of(organization, scope)
    reading = 200 if scope == "read" else 403
    assert client.get(COMPONENTS).status_code == reading
    assert client.get(path_of(component)).status_code == reading
    incident = {"id": trigger(organization, make_policy(organization)).pk}
    writes = [
        create(client, "Web"),
        client.patch(path_of(component), {"name": "Web"}),
        client.delete(path_of(component)),
        put(client, incident, [component]),
    ]
    assert [refusal(response) for response in writes] == [(403, "insufficient_scope")] * 4
