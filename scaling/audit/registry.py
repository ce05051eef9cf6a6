"""Which models are audited."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from django.apps import apps
from django.db import models

from scaling.audit.triggers import Audit, audit_of


@cache
def audited_models() -> Mapping[type[models.Model], Audit]:
    """Return what is audited of each model."""
    audits = ((model, audit_of(model)) for model in apps.get_models())
    return {model: audit for model, audit in audits if audit is not None}


@cache
def confidential_kinds() -> frozenset[str]:
    """Return the kinds of rows whose events only admins may read."""
    return frozenset(model._meta.label_lower for model, audit in audited_models().items() if audit.confidential)
