"""Abstract models and fields every app builds on, and the floor's own three tables."""

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


class IdempotencyRecord(models.Model):
    """The first answer to a POST that named itself by an ``Idempotency-Key`` (contract 1.3).

    The organization is named by its bare id, as the floor knows no organizations; a record is only ever looked up by
    the id of the organization that asks.
    """

    organization_id = models.CharField(max_length=ids.PREFIXED_ID_LENGTH)
    route = models.CharField(max_length=255, help_text="The path's pattern and the ids in it.")
    key = models.CharField(max_length=255)
    fingerprint = models.BinaryField(max_length=32, help_text="SHA-256 of the request's body.")
    status = models.PositiveSmallIntegerField()
    body = models.BinaryField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "route", "key"], name="scaling_idempotencyrecord_once"),
        ]
        indexes = [
            # Deleting what is older than a day.
            models.Index(fields=["created_at"], name="scaling_idempotency_expired"),
        ]

    def __str__(self) -> str:
        return self.key


class RateWindow(models.Model):
    """How often something happened in a window of time (``scaling.ratelimit``). The table is unlogged."""

    pk = models.CompositePrimaryKey("bucket", "starts_at")
    bucket = models.CharField(max_length=100)
    starts_at = models.DateTimeField()
    hits = models.PositiveIntegerField()

    class Meta:
        indexes = [
            # Deleting windows that are over.
            models.Index(fields=["starts_at"], name="scaling_ratewindow_over"),
        ]

    def __str__(self) -> str:
        return self.bucket


class CachedValue(models.Model):
    """A row of Django's cache, which writes and reads it by SQL of its own. The table is unlogged."""

    cache_key = models.CharField(primary_key=True, max_length=255)
    value = models.TextField()
    expires = models.DateTimeField()

    class Meta:
        indexes = [
            # Deleting what has expired.
            models.Index(fields=["expires"], name="scaling_cachedvalue_expired"),
        ]

    def __str__(self) -> str:
        return self.cache_key
