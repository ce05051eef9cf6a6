"""Abstract models and fields every app builds on."""

from __future__ import annotations

from typing import Any

from django.db import models

from scaling import ids
from scaling.text import NAME_KEY_LENGTH, name_key


class NameKeyField(models.CharField[str, str]):
    """The comparison key of a name field (``scaling.text.name_key``), computed whenever the row is saved.

    ``bulk_create`` computes it too; ``QuerySet.update`` does not, so names change through ``save``.
    """

    def __init__(self, *, of: str, **kwargs: Any) -> None:
        self.of = of
        super().__init__(**{"max_length": NAME_KEY_LENGTH, "editable": False, **kwargs})

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        key = name_key(getattr(model_instance, self.of))
        setattr(model_instance, self.attname, key)
        return key

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "of": self.of}


class UUIDModel(models.Model):
    """A row with a time-ordered UUID that is never changed."""

    # editable=False only for the admin: an inline cannot render the id of a row otherwise (libraries.md, trap 1).
    id = models.UUIDField(primary_key=True, default=ids.new_uuid, editable=False)

    class Meta:
        abstract = True
