"""Database constraints Django lacks.

``CompositeForeignKey`` makes a reference across organizations impossible in the database itself (design D11):
``(organization_id, policy_id)`` references ``(organization_id, id)`` of the policy, so a row can only name rows of
its own organization. Where a column may be null the reference is checked only when it is set (``MATCH SIMPLE``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps.registry import Apps
from django.db import DEFAULT_DB_ALIAS, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement, Table


class CompositeForeignKey(models.BaseConstraint):
    """A foreign key over several columns, checked at once and refusing a delete of what is referenced.

    Example: ``CompositeForeignKey(fields=["organization", "policy"], to="escalation.Policy",
    to_fields=["organization", "pk"], name="escalation_layer_policy_fk")``. The target needs a unique constraint
    over ``to_fields``. Rows are deleted by their owners' cascades in Python, so the database only ever refuses.
    """

    def __init__(self, *, fields: Sequence[str], to: str, to_fields: Sequence[str], name: str) -> None:
        super().__init__(name=name)
        self.fields = tuple(fields)
        self.to = to
        self.to_fields = tuple(to_fields)

    def constraint_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> None:  # type: ignore[override]
        """Add the constraint of a new table; see ``create_sql``."""
        self.create_sql(model, schema_editor)

    def create_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> None:  # type: ignore[override]
        """Add the constraint at the end of the migration, when the unique index it needs is sure to exist."""
        schema_editor.deferred_sql.append(self._statement(model, schema_editor))

    def remove_sql(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> Statement:  # type: ignore[override]
        """Return ``ALTER TABLE … DROP CONSTRAINT``."""
        quote = schema_editor.quote_name
        return Statement(
            "ALTER TABLE %(table)s DROP CONSTRAINT %(name)s",
            table=Table(model._meta.db_table, quote),
            name=quote(self.name),
        )

    def _statement(self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor) -> Statement:
        quote = schema_editor.quote_name
        apps: Apps = model._meta.apps
        target = apps.get_model(self.to)
        return Statement(
            "ALTER TABLE %(table)s ADD CONSTRAINT %(name)s FOREIGN KEY (%(columns)s) REFERENCES %(to)s (%(to_columns)s)",
            table=Table(model._meta.db_table, quote),
            name=quote(self.name),
            columns=", ".join(quote(column) for column in _columns(model, self.fields)),
            to=Table(target._meta.db_table, quote),
            to_columns=", ".join(quote(column) for column in _columns(target, self.to_fields)),
        )

    def validate(
        self,
        model: type[models.Model],
        instance: models.Model,
        exclude: Any = None,
        using: str = DEFAULT_DB_ALIAS,
    ) -> None:
        """Leave the check to the database: services look references up in their organization anyway."""

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        """Return what a migration writes down."""
        path, args, kwargs = super().deconstruct()
        kwargs.update(fields=self.fields, to=self.to, to_fields=self.to_fields)
        return path, args, kwargs

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CompositeForeignKey):
            return NotImplemented
        return self.deconstruct() == other.deconstruct()

    def __hash__(self) -> int:
        return hash(self.name)


def _columns(model: type[models.Model], fields: Sequence[str]) -> list[str]:
    options = model._meta
    return [_column(options.pk if field == "pk" else options.get_field(field)) for field in fields]


def _column(field: Any) -> str:
    column: str = field.column
    return column
