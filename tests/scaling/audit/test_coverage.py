"""What people and programs configure is audited, models to come included; secrets and noise are not."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection

from accounts.models import ApiKey, ContactMethod, Organization, User
from escalation.models import CalendarFeed
from incidents.models import Webhook
from scaling.audit.registry import audited_models
from scaling.audit.triggers import HIDDEN, HIDDEN_ANEW
from scaling.models import AuditEvent
from tests.factories.accounts import EPOCH, OrganizationFactory
from tests.factories.tenants import Rows, is_of_tenants

TIMELINE = "the incident's timeline tells it"
NOT_AUDITED = {
    "escalation.CoverageMark": "worked out from what is audited",
    "escalation.ImportedObject": "written by imports alone, beside what is audited",
    "escalation.PlannedImport": "forgotten after a day; what applying it changes is audited",
    "incidents.AffectedComponent": TIMELINE,
    "incidents.Delivery": TIMELINE,
    "incidents.Escalation": TIMELINE,
    "incidents.Figures": "counted from timelines",
    "incidents.Firing": TIMELINE,
    "incidents.HoursUse": "the engine's own note of what a plan uses",
    "incidents.Incident": TIMELINE,
    "incidents.IncidentNumbering": "a counter",
    "incidents.IncidentUpdate": TIMELINE,
    "incidents.Notice": "a queue of the engine",
    "incidents.Page": TIMELINE,
    "incidents.RecordedWorld": "a record itself, and never changed",
    "incidents.ScheduleUse": "the engine's own note of what a plan uses",
    "incidents.TimelineEvent": "the timeline itself",
}
# What no event may hold, and what changes without anybody changing the configuration.
LEFT_OUT = {
    "accounts.ApiKey": {"digest", "last_used_at"},
    "accounts.ContactMethod": {"code_digest", "code_expires_at", "code_tries"},
    "accounts.Invitation": {"next_at", "attempts", "created_by"},
    "accounts.User": {"last_login"},
    "escalation.CalendarFeed": {"digest", "created_by"},
    "escalation.IntendedGap": {"created_by"},
    "escalation.Override": {"created_by"},
    "escalation.Policy": {"created_by"},
    "escalation.Schedule": {"created_by"},
    "escalation.ShiftOffer": {"settled_at"},
    "escalation.WorkingHours": {"created_by"},
    "incidents.Webhook": {"previous_secret", "failures", "rest_until", "failing_told_at", "created_by"},
}
OF_EVERY_ROW = {"id", "organization", "version", "created_at", "updated_at", "name_key", "email_key"}


def test_every_model_of_tenants_is_audited_or_named_with_a_reason():
    audited = {model._meta.label for model in audited_models()}
    tenants = {model._meta.label for model in apps.get_models() if is_of_tenants(model)}
    assert tenants - audited == set(NOT_AUDITED)
    assert audited - tenants == {Organization._meta.label, User._meta.label}


def test_every_field_is_audited_or_left_out_on_purpose():
    for model, audit in audited_models().items():
        told = {*audit.fields, *audit.hidden}
        left_out = {field.name for field in model._meta.fields} - told - OF_EVERY_ROW
        assert left_out == LEFT_OUT.get(model._meta.label, set()), model


@pytest.mark.django_db
def test_every_audited_table_has_its_triggers():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, count(*) FROM pg_trigger WHERE tgname LIKE 'pgtrigger_audit_%' GROUP BY 1"
        )
        found = dict(cursor.fetchall())
    assert found == {model._meta.db_table: 2 for model in audited_models()}


class TestSecrets:
    MARK = "s3cr3t"

    @pytest.fixture
    def _rows(self, db):
        rows = Rows(OrganizationFactory(), mark=self.MARK)
        rows.of(ContactMethod), rows.of(ApiKey), rows.of(CalendarFeed), rows.of(Webhook)
        Webhook.objects.update(url=f"https://{self.MARK}.example.org/new", secret=f"{self.MARK}new")
        ContactMethod.objects.update(address=f"{self.MARK}new", code_digest=f"{self.MARK}new", code_expires_at=EPOCH)
        User.objects.update(password=f"{self.MARK}new")
        ApiKey.objects.update(digest=f"{self.MARK}new".encode())
        Webhook.objects.all().delete()

    @pytest.mark.usefixtures("_rows")
    def test_are_in_no_event(self):
        secrets = {"url", "secret", "previous_secret", "address", "code_digest", "password", "digest"}
        events = list(AuditEvent.objects.filter(kind__in=[model._meta.label_lower for model in audited_models()]))
        assert {event.action for event in events} == {"created", "changed", "deleted"}
        for event in events:
            for values in (event.before or {}, event.after or {}):
                told = {value for name, value in values.items() if name in secrets}
                assert told <= {"", HIDDEN, HIDDEN_ANEW}, event
        assert not any(f"{self.MARK}new" in str([event.before, event.after, event.name]) for event in events)

    @pytest.mark.usefixtures("_rows")
    def test_but_that_one_was_changed_is_told(self):
        (event,) = AuditEvent.objects.filter(kind="incidents.webhook", action="changed")
        assert (event.before["secret"], event.after["secret"]) == (HIDDEN, HIDDEN_ANEW)
        changed = AuditEvent.objects.filter(kind="accounts.user", action="changed")
        assert {event.after["password"] for event in changed} == {HIDDEN_ANEW}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("model", "changes"),
    [
        (ApiKey, {"last_used_at": "2026-01-05T08:00:00Z"}),
        (User, {"last_login": "2026-01-05T08:00:00Z"}),
        (Webhook, {"failures": 3, "version": 9}),
    ],
)
def test_noise_is_no_event(model, changes):
    Rows(OrganizationFactory()).of(model)
    before = AuditEvent.objects.count()
    assert model.objects.update(**changes)
    assert AuditEvent.objects.count() == before
