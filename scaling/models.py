"""Abstract models and fields every app builds on, and the floor's own tables."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import models

from scaling import ids
from scaling.audit import source
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


class AuditEvent(models.Model):
    """One change of one row, written by the database (``scaling.audit``). Nobody changes or deletes it.

    Rows are named by kind (``escalation.policy``) and id alone, as the event outlives them. ``subject`` is the row on
    whose history page it is shown: of a layer, its policy. ``before`` is nothing for what was created, ``after`` for
    what was deleted; of a change they hold the fields that changed. Events of logins belong to no organization.
    """

    class Action(models.TextChoices):
        CREATED = "created", "Created"
        CHANGED = "changed", "Changed"
        DELETED = "deleted", "Deleted"

    class Actor(models.TextChoices):
        PERSON = source.PERSON, "A person"
        KEY = source.KEY, "An API key"
        LINK = source.LINK, "The holder of a link"
        VISITOR = source.VISITOR, "Somebody not signed in"
        COMMAND = source.COMMAND, "A command"
        DATABASE = source.DATABASE, "Somebody in the database"

    at = models.DateTimeField(help_text="When the transaction began.")
    organization_id = models.CharField(max_length=ids.PREFIXED_ID_LENGTH, null=True)  # noqa: DJ001 - null: a login's
    kind = models.CharField(max_length=60)
    object_id = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=60)
    name = models.TextField(blank=True, help_text="What the row was called.")
    action = models.CharField(max_length=20, choices=Action.choices)
    actor_kind = models.CharField("who", max_length=20, choices=Actor.choices)
    actor_id = models.TextField(blank=True)
    request_id = models.TextField(blank=True)
    origin = models.TextField(blank=True, help_text="Method and route of the request, or who ran the command where.")
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(action="created", before__isnull=True, after__isnull=False)
                | models.Q(action="changed", before__isnull=False, after__isnull=False)
                | models.Q(action="deleted", before__isnull=False, after__isnull=True),
                name="scaling_auditevent_action",
            ),
            models.CheckConstraint(
                condition=models.Q(actor_kind__in=["person", "key", "link", "visitor", "command", "database"]),
                name="scaling_auditevent_actor_kind",
            ),
        ]
        indexes = [
            # The log of an organization, newest first.
            models.Index(fields=["organization_id", "-at", "-id"], name="scaling_auditevent_log"),
            # ... of one kind,
            models.Index(fields=["organization_id", "kind", "-at", "-id"], name="scaling_auditevent_kind"),
            # ... or of one actor.
            models.Index(fields=["organization_id", "actor_id", "-at", "-id"], name="scaling_auditevent_actor"),
            # The history page of a row.
            models.Index(fields=["subject_kind", "subject_id", "-at", "-id"], name="scaling_auditevent_subject"),
            # What a row that is gone was called.
            models.Index(fields=["object_id", "-at", "-id"], name="scaling_auditevent_object"),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.kind.partition('.')[2]} {self.name or self.object_id} {self.action}"
