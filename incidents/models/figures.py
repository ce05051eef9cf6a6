"""Figures about the past, counted in the background so that no page has to read all of history."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from accounts.models.tenancy import TenantModel, TenantQuerySet


class Span(models.TextChoices):
    """For how long figures are: a day, or a week from its Monday, both in UTC."""

    DAY = "day", "Day"
    WEEK = "week", "Week"


class Figures(TenantModel):
    """What happened in an organization in one span: how many were paged, and how long answers took.

    A span without figures had nothing to count. Seconds are null where there was nothing to take the mean of.
    """

    span = models.CharField(max_length=10, choices=Span.choices)
    starts_on = models.DateField(help_text="The first day of the span.")
    pages = models.PositiveIntegerField(help_text="How many recipients were paged, everybody once for each call.")
    acknowledged = models.PositiveIntegerField(help_text="How many incidents were acknowledged for the first time.")
    acknowledge_mean_seconds = models.PositiveIntegerField(null=True)
    acknowledge_median_seconds = models.PositiveIntegerField(null=True)
    resolved = models.PositiveIntegerField(help_text="How many incidents were resolved.")
    resolve_mean_seconds = models.PositiveIntegerField(null=True)
    resolve_median_seconds = models.PositiveIntegerField(null=True)

    objects: ClassVar[TenantQuerySet] = TenantQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["organization_id", "span", "starts_on"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "span", "starts_on"], name="incidents_figures_once"),
            models.CheckConstraint(condition=models.Q(span__in=["day", "week"]), name="incidents_figures_span"),
        ]

    def __str__(self) -> str:
        return f"{self.span} of {self.starts_on}"


class Count(models.Model):
    """When the figures of a span were counted last, for all organizations; its row is the lock of whoever counts."""

    pk = models.CompositePrimaryKey("span", "starts_on")
    span = models.CharField(max_length=10, choices=Span.choices)
    starts_on = models.DateField()
    counted_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.span} of {self.starts_on}"
