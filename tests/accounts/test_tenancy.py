"""No row can name a row of another organization: the database itself refuses it (design D11, invariant I21)."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from escalation.models import Layer
from tests.factories.accounts import OrganizationFactory
from tests.factories.tenants import Rows, is_of_tenants


def tenant_references():
    """Return ``(model, field)`` for each foreign key of the program to a row of an organization."""
    return [
        (model, field)
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.fields
        if field.is_relation and is_of_tenants(field.related_model)
    ]


def foreign_keys():
    """Return, from the database's own catalogue, ``{name: (table, columns, target, target columns)}``."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT conname, conrelid::regclass::text, confrelid::regclass::text, convalidated,
                   ARRAY(SELECT attname::text FROM unnest(conkey) WITH ORDINALITY AS k (number, place)
                         JOIN pg_attribute ON attrelid = conrelid AND attnum = number ORDER BY place),
                   ARRAY(SELECT attname::text FROM unnest(confkey) WITH ORDINALITY AS k (number, place)
                         JOIN pg_attribute ON attrelid = confrelid AND attnum = number ORDER BY place)
            FROM pg_constraint WHERE contype = 'f'
            """
        )
        rows = cursor.fetchall()
    return {
        name: (table, tuple(columns), target, tuple(target_columns))
        for name, table, target, validated, columns, target_columns in rows
        if validated
    }


def pair_of(model, field):
    target = field.related_model._meta
    return (
        model._meta.db_table,
        ("organization_id", field.column),
        target.db_table,
        ("organization_id", target.pk.column),
    )


def without_pair():
    present = set(foreign_keys().values())
    return [
        f"{model._meta.label}.{field.name}"
        for model, field in tenant_references()
        if not is_of_tenants(model) or pair_of(model, field) not in present
    ]


@pytest.mark.django_db
class TestEveryReferenceHasItsPair:
    def test_in_the_database_as_it_is(self):
        assert (Layer, Layer._meta.get_field("policy")) in tenant_references()
        assert without_pair() == []

    def test_and_a_missing_pair_is_noticed(self):
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE accounts_contactmethod DROP CONSTRAINT accounts_contactmethod_membership_fk")
        assert without_pair() == ["accounts.ContactMethod.membership"]

    def test_and_a_plain_foreign_key_is_no_pair(self):
        with connection.cursor() as cursor:
            cursor.execute(
                "ALTER TABLE accounts_contactmethod DROP CONSTRAINT accounts_contactmethod_membership_fk,"
                " ADD CONSTRAINT plain FOREIGN KEY (membership_id) REFERENCES accounts_membership (id)"
            )
        assert without_pair() == ["accounts.ContactMethod.membership"]


def indexes_that_lead_with_the_organization():
    """Return the names of those of tables that references lead to, but for the one they are to be checked by."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT indexrelid::regclass::text
            FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
            WHERE attname = 'organization_id' AND indpred IS NULL AND indexrelid::regclass::text NOT LIKE '%\\_tenant'
              AND indrelid IN (SELECT confrelid FROM pg_constraint WHERE contype = 'f' AND cardinality(confkey) = 2)
            """
        )
        return {name for (name,) in cursor.fetchall()}


@pytest.mark.django_db
def test_references_are_checked_by_one_row_before_postgresql_knows_a_table():
    """Incidents come one by one; anything else may come by the ten thousand, in one transaction."""
    assert indexes_that_lead_with_the_organization() == {"incidents_incident_newest", "incidents_incident_number"}


def refused_by(statement, parameters):
    """Return the name of the constraint that refuses a statement."""
    with pytest.raises(IntegrityError) as refusal, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)
    return refusal.value.__cause__.diag.constraint_name


def name_of(model, field):
    (name,) = (name for name, key in foreign_keys().items() if key == pair_of(model, field))
    return name


each_reference = pytest.mark.parametrize(
    ("model", "field"), [pytest.param(model, field, id=str(field)) for model, field in tenant_references()]
)


@pytest.mark.django_db
class TestTheDatabaseRefusesToCross:
    @each_reference
    def test_a_raw_insert_that_names_a_row_of_another_organization(self, model, field):
        ours, theirs = Rows(OrganizationFactory()), Rows(OrganizationFactory())
        columns = raw_row(ours, model, field)
        columns[field.column] = theirs.of(field.related_model).pk
        names = ", ".join(columns)
        places = ", ".join(["%s"] * len(columns))
        statement = f"INSERT INTO {model._meta.db_table} ({names}) VALUES ({places})"  # noqa: S608
        assert refused_by(statement, list(columns.values())) == name_of(model, field)

    @each_reference
    def test_a_raw_update_that_moves_a_row_to_another_organization(self, model, field):
        row = Rows(OrganizationFactory()).of(model)
        statement = f"UPDATE {model._meta.db_table} SET organization_id = %s WHERE {model._meta.pk.column} = %s"  # noqa: S608
        assert refused_by(statement, [OrganizationFactory().pk, row.pk]) in foreign_keys()


def raw_row(rows, model, field):
    """Return the columns of a row with ``field`` that could be inserted: one is made, read back and deleted."""
    made = rows.another(model, naming=field.name)
    with connection.cursor() as cursor:
        table, key = model._meta.db_table, model._meta.pk.column
        cursor.execute(f"SELECT * FROM {table} WHERE {key} = %s", [made.pk])  # noqa: S608
        columns = [column.name for column in cursor.description]
        values = cursor.fetchone()
        cursor.execute(f"DELETE FROM {table} WHERE {key} = %s", [made.pk])  # noqa: S608
    return dict(zip(columns, values, strict=True))
