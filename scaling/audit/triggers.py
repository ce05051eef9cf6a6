"""What of a model is audited, and the triggers that see to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import pgtrigger
from django.db import models

HIDDEN: Final = "(hidden)"
HIDDEN_ANEW: Final = "(hidden, new)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What the log keeps of a model.

    ``fields`` are kept as they are. Of those ``hidden`` the log only tells that they were set or changed. ``name`` are
    the fields the log calls a row by, joined by spaces. ``subject`` are ways, over foreign keys, to the row on
    whose history page the change is shown: the first that leads to one, else the row itself. What is ``confidential``, only admins may read.
    """

    fields: tuple[str, ...]
    hidden: tuple[str, ...]
    name: tuple[str, ...]
    subject: tuple[str, ...]
    confidential: bool


def audited(
    *fields: str,
    hidden: tuple[str, ...] = (),
    name: tuple[str, ...] = (),
    subject: tuple[str, ...] = (),
    confidential: bool = False,
) -> list[pgtrigger.Trigger]:
    """Return the ``Meta.triggers`` of a model that is audited; see ``Audit``.

    Fields are named one by one, so that a secret added later is in no event until somebody says so.
    """
    audit = Audit(fields=fields, hidden=hidden, name=name, subject=subject, confidential=confidential)
    return [
        AuditTrigger(audit, name="audit_row", operation=pgtrigger.Insert | pgtrigger.Delete),
        AuditTrigger(
            audit,
            name="audit_change",
            operation=pgtrigger.Update,
            condition=pgtrigger.AnyChange(*fields, *hidden),
        ),
    ]


def audit_of(model: type[models.Model]) -> Audit | None:
    """Return what is audited of ``model``, nothing if it is not."""
    triggers = getattr(model._meta, "triggers", ())
    return next((trigger.audit for trigger in triggers if isinstance(trigger, AuditTrigger)), None)


class AuditTrigger(pgtrigger.Trigger):
    """Hands what happens to a row to the function ``scaling_audit`` (migrations of ``scaling``)."""

    when = pgtrigger.After

    def __init__(self, audit: Audit, **kwargs: Any) -> None:
        self.audit = audit
        super().__init__(**kwargs)

    def get_func(self, model: Any) -> str:
        """Return the body of the trigger's function."""
        if str(self.operation) == "UPDATE":
            old, new = self._values(model, "OLD"), self._values(model, "NEW", was="OLD")
            return f"{self._call('changed', model, 'NEW', old, new)} RETURN NULL;"
        created = self._call("created", model, "NEW", "NULL", self._values(model, "NEW"))
        deleted = self._call("deleted", model, "OLD", self._values(model, "OLD"), "NULL")
        return f"IF TG_OP = 'INSERT' THEN {created} ELSE {deleted} END IF; RETURN NULL;"

    def _call(self, action: str, model: Any, row: str, before: str, after: str) -> str:
        names = ", ".join(f"{row}.{_quoted(model, name)}" for name in self.audit.name) or "''"
        subject_kind, subject_id = _subject(model, self.audit.subject, row)
        arguments = [
            f"'{action}'",
            _organization(model, row),
            f"'{model._meta.label_lower}'",
            f"{row}.{_quoted(model, model._meta.pk.name)}::text",
            subject_kind,
            subject_id,
            f"trim(concat_ws(' ', {names}))",
            before,
            after,
        ]
        return f"PERFORM scaling_audit({', '.join(arguments)});"

    def _values(self, model: Any, row: str, was: str = "") -> str:
        shown = [f"'{name}', {row}.{_quoted(model, name)}" for name in self.audit.fields]
        hidden = [f"'{name}', {_veiled(_quoted(model, name), row, was)}" for name in self.audit.hidden]
        return f"jsonb_build_object({', '.join([*shown, *hidden])})"


def _veiled(column: str, row: str, was: str) -> str:
    changed = f" WHEN {row}.{column} IS DISTINCT FROM {was}.{column} THEN '{HIDDEN_ANEW}'" if was else ""
    return f"CASE WHEN {row}.{column} = '' THEN ''{changed} ELSE '{HIDDEN}' END"


def _organization(model: Any, row: str) -> str:
    if model._meta.label == "accounts.Organization":
        return f'{row}."id"'
    has_one = any(field.attname == "organization_id" for field in model._meta.fields)
    return f'{row}."organization_id"' if has_one else "NULL"


def _subject(model: Any, paths: tuple[str, ...], row: str) -> tuple[str, str]:
    """Return SQL for the kind and the id of the row a change is shown with; for the id null: the row itself."""
    if not paths:
        return "NULL", "NULL"
    kinds, found = zip(*(_led_to(model, path, row) for path in paths), strict=True)
    cases = " ".join(f"WHEN {one} IS NOT NULL THEN '{kind}'" for kind, one in zip(kinds, found, strict=True))
    return (f"'{kinds[0]}'", found[0]) if len(paths) == 1 else (f"CASE {cases} END", f"COALESCE({', '.join(found)})")


def _led_to(model: Any, path: str, row: str) -> tuple[str, str]:
    """Return the kind of row that ``path`` leads to, and SQL for its id: at most one step over another table."""
    first, _, second = path.partition("__")
    parent = model._meta.get_field(first).related_model
    parent_id = f"{row}.{_quoted(model, first)}"
    if not second:
        return parent._meta.label_lower, f"{parent_id}::text"
    column, key, table = _quoted(parent, second), _quoted(parent, parent._meta.pk.name), parent._meta.db_table
    above = parent._meta.get_field(second).related_model
    subject_id = f'(SELECT {column}::text FROM "{table}" WHERE {key} = {parent_id})'  # noqa: S608 - names of models
    return above._meta.label_lower, subject_id


def _quoted(model: Any, name: str) -> str:
    return f'"{model._meta.get_field(name).column}"'
