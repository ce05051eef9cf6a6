"""Rows of any tenant model, built from the model itself, so that models to come are covered when they appear."""

from __future__ import annotations

import datetime
import itertools
import uuid

from django.apps import apps
from django.contrib.postgres.fields import ArrayField

from accounts.models import Organization
from tests.factories.accounts import EPOCH, UserFactory


def is_of_tenants(model):
    """Tell whether each row of ``model`` belongs to an organization."""
    return any(field.name == "organization" and field.related_model is Organization for field in model._meta.fields)


class Rows:
    """One row of each model of an organization, made when asked for, every reference set that may be, every text marked."""

    def __init__(self, organization, mark="some"):
        self.organization = organization
        self.mark = mark
        self._made = {}

    def of_every_model(self):
        """Return a row of each tenant model of the program."""
        return [self.of(model) for model in apps.get_models() if is_of_tenants(model)]

    def of(self, model):
        """Return the one row of ``model``."""
        if model not in self._made:
            self._made[model] = self.another(model)
        return self._made[model]

    def another(self, model, naming=None):
        """Make one more row of ``model``; where it may have one reference of several, that called ``naming``."""
        empty = _left_empty(model, naming)
        values = {field.name: self._value(field) for field in model._meta.fields if field.name not in empty}
        return model._base_manager.create(**values)

    def _value(self, field):
        if field.is_relation:
            return self._related(field.related_model)
        if field.has_default():
            return field.get_default()
        if field.choices:
            return field.choices[0][0]
        if isinstance(field, ArrayField):
            return [self._value(field.base_field)]
        return _SOME_VALUE[field.get_internal_type()](f"{self.mark}{uuid.uuid4().hex}"[: field.max_length])

    def _related(self, model):
        if model is Organization:
            return self.organization
        return (
            self.of(model) if is_of_tenants(model) else UserFactory(email=f"{self.mark}{uuid.uuid4().hex}@example.org")
        )


_ONE_OF = {
    "escalation.CoverageMark": ({"policy"}, {"schedule"}),
    "escalation.ImportedObject": ({"policy"}, {"schedule"}),
    "escalation.IntendedGap": ({"policy", "layer"}, {"schedule"}),
    "escalation.PlannedImport": ({"plan"}, {"applied_by", "applied_at"}),
}
"""The fields of which a row has one set or another."""


def _left_empty(model, naming):
    sets = _ONE_OF.get(model._meta.label, ({naming},))
    chosen = next((each for each in sets if naming in each), sets[0])
    return set().union(*sets) - chosen


_seconds = itertools.count()
_places = itertools.cycle(range(1, 21))

_SOME_VALUE = {
    "CharField": lambda text: text,
    "TextField": lambda text: text,
    "BinaryField": lambda text: text.encode(),
    # Each later than the one before, for what begins before it ends.
    "DateTimeField": lambda text: EPOCH + datetime.timedelta(seconds=next(_seconds)),
    "DateField": lambda text: EPOCH.date(),
    "TimeField": lambda text: datetime.time(9),
    "PositiveIntegerField": lambda text: 60,
    # Places in a short list, each another's.
    "PositiveSmallIntegerField": lambda text: next(_places),
    "UUIDField": lambda text: uuid.uuid4(),
    "JSONField": lambda text: {"text": text},
}
