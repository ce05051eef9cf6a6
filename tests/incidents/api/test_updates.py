"""POST and GET …/updates, and redaction (contract section 6)."""

from __future__ import annotations

import json

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.models import Incident, IncidentUpdate, TimelineEvent
from scaling.ids import new_uuid
from scaling.models import IdempotencyRecord
from tests.factories.incidents import IncidentUpdateFactory
from tests.incidents.running import START, make_policy, minutes, reload, run, told, trigger

pytestmark = pytest.mark.django_db

SECRET = "the password is hunter2"  # what somebody pastes and wishes they had not


@pytest.fixture
def escalation(organization, ada, bob):
    """An incident that has paged Ada and will page Bob."""
    return trigger(organization, make_policy(organization, [ada], [bob]))


@pytest.fixture
def path(escalation):
    return f"/v1/incidents/{escalation.pk}/updates"


def post(client, path, body="Found it", visibility="internal", headers=None, **fields):
    return client.post(path, {"visibility": visibility, "body": body, **fields}, headers=headers)


def redact(client, path, update):
    return client.post(f"{path}/{update['id']}/redact")


def posted(response):
    assert response.status_code == 201, response.content
    return response.json()["data"]


def listed(client, path):
    return client.get(path).json()["data"]["updates"]


def refusal(response):
    return response.status_code, response.json()["code"]


def resolve(client, path, **fields):
    assert client.post(path.replace("updates", "resolve"), fields).status_code == 200


def everything():
    """Return all that the database holds, as text; answers that are remembered as what they say."""
    models = [model for model in apps.get_models() if model is not IdempotencyRecord]
    rows = [str(list(model.objects.values())) for model in models]
    return "".join([*rows, *(bytes(record.body).decode() for record in IdempotencyRecord.objects.all())])


class TestPosting:
    def test_answers_with_the_update_to_the_byte(self, api, api_key, escalation, path):
        response = post(api, path, statusChange="identified")
        update = IncidentUpdate.objects.get()
        assert response.status_code == 201
        assert response.content.decode() == (
            f'{{"data":{{"id":"{update.pk}","incidentId":"{escalation.pk}","body":"Found it",'
            '"statusChange":"identified","visibility":"internal",'
            f'"postedBy":{{"id":"{api_key.pk}","name":"API key “{api_key.name}”"}},'
            '"postedAt":"2026-11-23T03:00:00.000Z","redactedAt":null,"redactedBy":null}}'
        )

    def test_words_alone_leave_the_status_and_are_told(self, api, escalation, path):
        update = posted(post(api, path))
        assert reload(escalation).incident.status == "investigating"
        assert told(escalation) == ["incident_triggered", "layer_paged", "update_posted"]
        assert TimelineEvent.objects.get(type="update_posted").details == {
            "updateId": update["id"],
            "visibility": "internal",
        }

    def test_a_step_alone_needs_no_words(self, api, escalation, path):
        update = posted(post(api, path, body=None, statusChange="identified"))
        assert update["body"] is None
        assert reload(escalation).incident.status == "identified"
        assert told(escalation)[2:] == ["status_changed"]
        assert TimelineEvent.objects.latest("id").details == {"status": "identified", "updateId": update["id"]}

    def test_a_step_to_resolved_ends_the_paging(self, api, escalation, path):
        for status in ("identified", "monitoring", "resolved"):
            posted(post(api, path, statusChange=status))
        assert reload(escalation).state == "cancelled"
        assert run(minutes(60)) == []

    def test_pages_nobody_and_moves_no_timer(self, api, escalation, path):
        run(START)
        before = reload(escalation)
        posted(post(api, path))
        after = reload(escalation)
        assert (after.state, after.due_at, after.firing) == (before.state, before.due_at, before.firing)
        assert run(START) == []

    def test_is_a_new_version_of_the_incident(self, api, escalation, path, at):
        at(minutes(1))
        posted(post(api, path))
        row = reload(escalation)
        assert (row.version, row.incident.updated_at) == (escalation.version + 1, minutes(1))

    @pytest.mark.parametrize("status", ["investigating", "monitoring", "resolved"])
    def test_takes_the_next_step_and_no_other(self, api, path, status):
        assert refusal(post(api, path, statusChange=status)) == (400, "invalid_status_transition")
        assert not IncidentUpdate.objects.exists()

    def test_a_resolved_incident_takes_no_more(self, api, escalation, path):
        resolve(api, path)
        before = told(escalation)
        assert refusal(post(api, path)) == (400, "incident_resolved")
        assert told(escalation) == before

    def test_nothing_is_public_as_there_is_no_status_page(self, api, escalation, path):
        response = post(api, path, visibility="public", statusChange="identified")
        assert refusal(response) == (400, "no_public_surface")
        assert "status page" in response.json()["message"]
        assert reload(escalation).incident.status == "investigating"
        assert not IncidentUpdate.objects.exists()

    @pytest.mark.parametrize(
        ("sent", "field"),
        [
            ({"body": "Found it"}, "visibility"),
            ({"body": "Found it", "visibility": None}, "visibility"),
            ({"body": "Found it", "visibility": "Internal"}, "visibility"),
            ({"body": "Found it", "visibility": "staff"}, "visibility"),
            ({"visibility": "internal"}, "body"),
            ({"visibility": "internal", "body": ""}, "body"),
            ({"visibility": "internal", "body": None, "statusChange": None}, "body"),
            ({"visibility": "internal", "body": " \n\u200b"}, "body"),
            ({"visibility": "internal", "body": 5}, "body"),
            ({"visibility": "internal", "body": ["Found it"]}, "body"),
            ({"visibility": "internal", "body": "x" * 10_001}, "body"),
            ({"visibility": "public", "statusChange": "identified"}, "body"),
            ({"visibility": "internal", "statusChange": "Identified"}, "statusChange"),
            ({"visibility": "internal", "statusChange": ""}, "statusChange"),
            ({"visibility": "internal", "statusChange": 1}, "statusChange"),
            ({"visibility": "internal", "body": "Found it", "status": "identified"}, "status"),
        ],
    )
    def test_names_the_field_that_has_the_wrong_shape(self, api, path, sent, field):
        response = api.post(path, sent)
        assert refusal(response) == (422, "validation_error")
        assert [error["field"] for error in response.json()["errors"]] == [field]
        assert not IncidentUpdate.objects.exists()

    def test_keeps_words_as_they_were_sent(self, api, path):
        words = " first line\n\tsecond\n" + "x" * 9_000
        assert posted(post(api, path, body=words))["body"] == words

    def test_repeated_under_its_name_is_posted_once(self, api, path):
        answers = [post(api, path, headers={"Idempotency-Key": "k"}) for _ in range(2)]
        assert answers[0].content == answers[1].content
        assert IncidentUpdate.objects.count() == 1


class TestEveryStatusIsAnUpdate:
    def test_a_change_of_status_posts_one(self, api, escalation, path):
        api.patch(path.replace("updates", "status"), {"status": "identified", "resolutionNote": "Disk is full"})
        (update,) = listed(api, path)
        assert (update["body"], update["statusChange"], update["visibility"]) == (
            "Disk is full",
            "identified",
            "internal",
        )

    def test_resolving_posts_one_for_all_steps(self, api, escalation, path):
        resolve(api, path, resolutionNote="Made room")
        (update,) = listed(api, path)
        assert (update["body"], update["statusChange"]) == ("Made room", "resolved")
        assert told(escalation)[2:6] == ["update_posted", *["status_changed"] * 3]

    def test_the_history_tells_the_words_of_each_step(self, api, escalation, path):
        posted(post(api, path, body="Disk is full", statusChange="identified"))
        posted(post(api, path, body="No step"))
        resolve(api, path, resolutionNote="Made room")
        history = api.get(f"/v1/incidents/{escalation.pk}").json()["data"]["statusHistory"]
        assert [one["resolutionNote"] for one in history] == [None, "Disk is full", None, "Made room"]


class TestListing:
    def test_tells_them_oldest_first_with_names_of_today(self, api, ada, path, at):
        posted(post(api, path, body="First"))
        at(minutes(1))
        posted(post(api, path, body="Second"))
        IncidentUpdateFactory(
            incident=Incident.objects.get(), body="Ada's", posted_by=ada.user_id, posted_at=minutes(2)
        )
        updates = listed(api, path)
        assert [one["body"] for one in updates] == ["First", "Second", "Ada's"]
        assert updates[2]["postedBy"] == {"id": ada.user_id, "name": "Ada"}

    def test_of_another_incident_are_not_told(self, api, organization, path):
        posted(post(api, f"/v1/incidents/{trigger(organization, make_policy(organization)).pk}/updates"))
        assert listed(api, path) == []

    def test_of_an_unknown_incident_is_404(self, api):
        assert refusal(api.get(f"/v1/incidents/{new_uuid()}/updates")) == (404, "not_found")

    @pytest.mark.parametrize("size", [1, 30])
    def test_costs_the_same_for_few_and_many(self, api, organization, path, size):
        IncidentUpdateFactory.create_batch(size, incident=Incident.objects.get())
        with CaptureQueriesContext(connection) as statements:
            assert len(listed(api, path)) == size
        assert len(statements) == 4


class TestRedaction:
    def test_takes_the_words_out_and_keeps_the_step(self, api, api_key, path, at):
        update = posted(post(api, path, body=SECRET, statusChange="identified"))
        at(minutes(1))
        response = redact(api, path, update)
        assert response.status_code == 200
        assert response.json()["data"] == {
            **update,
            "body": None,
            "redactedAt": "2026-11-23T03:01:00.000Z",
            "redactedBy": api_key.pk,
        }
        assert listed(api, path) == [response.json()["data"]]

    def test_leaves_no_copy_anywhere(self, api, escalation, path):
        update = posted(post(api, path, body=SECRET, headers={"Idempotency-Key": "k"}))
        api.patch(path.replace("updates", "status"), {"status": "identified", "resolutionNote": SECRET})
        assert everything().count(SECRET) == 3
        for one in listed(api, path):
            assert redact(api, path, one).status_code == 200
        assert SECRET not in everything()
        replayed = post(api, path, body=SECRET, headers={"Idempotency-Key": "k"})
        assert json.loads(replayed.content)["data"] == {**update, "body": None}

    def test_is_told_and_a_new_version(self, api, escalation, path):
        update = posted(post(api, path))
        before = api.get(f"/v1/incidents/{escalation.pk}")["ETag"]
        redact(api, path, update)
        event = TimelineEvent.objects.get(type="update_redacted")
        assert event.details == {"updateId": update["id"]}
        assert api.get(f"/v1/incidents/{escalation.pk}")["ETag"] != before

    def test_again_changes_nothing(self, api, escalation, path, at):
        update = posted(post(api, path))
        first = redact(api, path, update)
        at(minutes(1))
        assert redact(api, path, update).content == first.content
        assert told(escalation).count("update_redacted") == 1

    def test_an_admin_may_at_any_time_even_once_it_is_resolved(self, api, path, at):
        update = posted(post(api, path))
        resolve(api, path)
        at(minutes(60 * 24 * 365))
        assert redact(api, path, update).status_code == 200

    def test_the_author_may_for_five_minutes(self, organization, client_of, path, at):
        pager = client_of(organization, "trigger")
        resolve(pager, path, resolutionNote=SECRET)
        (update,) = listed(pager, path)
        at(minutes(5.001))
        assert refusal(redact(pager, path, update)) == (403, "redaction_not_permitted")
        assert SECRET in everything()
        at(minutes(5))
        assert redact(pager, path, update).json()["data"]["body"] is None
        assert SECRET not in everything()

    def test_nobody_else_may(self, api, organization, client_of, path):
        update = posted(post(api, path))
        assert refusal(redact(client_of(organization, "trigger"), path, update)) == (403, "redaction_not_permitted")
        assert refusal(redact(client_of(organization, "read"), path, update)) == (403, "insufficient_scope")
        assert listed(api, path)[0]["body"] == "Found it"

    def test_an_update_of_another_incident_is_not_found(self, api, organization, path):
        update = posted(post(api, f"/v1/incidents/{trigger(organization, make_policy(organization)).pk}/updates"))
        assert refusal(redact(api, path, update)) == (404, "not_found")
        assert IncidentUpdate.objects.get().body == "Found it"

    def test_takes_no_fields(self, api, path):
        update = posted(post(api, path))
        assert refusal(api.post(f"{path}/{update['id']}/redact", {"reason": "x"})) == (422, "validation_error")


@pytest.mark.parametrize(("scope", "posting"), [("write", 201), ("trigger", 403), ("read", 403)])
def test_a_key_does_what_its_scope_says(organization, client_of, path, scope, posting):
    client = client_of(organization, scope)
    assert post(client, path).status_code == posting
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_nothing_is_changed_or_deleted(api, path, method):
    assert refusal(getattr(api, method)(path)) == (405, "method_not_allowed")
