"""The composite foreign key, and its way through migrations."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.operations import AddConstraint, RemoveConstraint
from django.db.migrations.state import ProjectState
from django.db.migrations.writer import MigrationWriter

from accounts.models import ContactMethod
from scaling import constraints
from scaling.constraints import CompositeForeignKey

NAME = "accounts_contactmethod_membership_fk"


def key(**changes):
    values = {
        "fields": ["organization", "membership"],
        "to": "accounts.Membership",
        "to_fields": ["organization", "pk"],
    }
    return CompositeForeignKey(**{**values, "name": NAME, **changes})


def definition():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [NAME])
        return cursor.fetchone()


def test_a_migration_writes_it_down_and_reads_it_back():
    text, imports = MigrationWriter.serialize(key())
    assert imports == {"import scaling.constraints"}
    assert eval(text, {"scaling": type("Module", (), {"constraints": constraints})}) == key()  # noqa: S307
    assert key().clone() == key()


@pytest.mark.parametrize(
    "changes",
    [{"name": "other"}, {"to": "escalation.Policy"}, {"fields": ["organization", "user"]}, {"to_fields": ["pk"]}],
)
def test_two_that_differ_in_anything_are_two(changes):
    assert key(**changes) != key()
    assert key() != NAME
    assert len({key(), key(), key(**changes)}) == 2


@pytest.mark.django_db
def test_the_models_say_what_the_migrations_say():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.django_db
def test_it_comes_and_goes_with_the_operations_of_a_migration():
    there = definition()
    assert there == (
        "FOREIGN KEY (organization_id, membership_id) REFERENCES accounts_membership(organization_id, id)",
    )
    with_it = ProjectState.from_apps(ContactMethod._meta.apps)
    without_it = with_it.clone()
    removal = RemoveConstraint("contactmethod", NAME)
    removal.state_forwards("accounts", without_it)

    run(removal.database_forwards, with_it, without_it)
    assert definition() is None
    run(removal.database_backwards, without_it, with_it)
    assert definition() == there

    addition = AddConstraint("contactmethod", key())
    run(addition.database_backwards, with_it, without_it)
    assert definition() is None
    run(addition.database_forwards, without_it, with_it)
    assert definition() == there


def run(operation, from_state, to_state):
    with connection.schema_editor() as editor:
        operation("accounts", editor, from_state, to_state)
