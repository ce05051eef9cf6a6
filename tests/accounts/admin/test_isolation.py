"""A walk through every page of the admin, now and to come: no trace of another organization, no way to its rows."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.exceptions import NotRegistered
from django.db import models
from django.urls import reverse

from accounts.admin.tenancy import TenantAdmin, TenantStackedInline, TenantTabularInline
from accounts.models import Organization
from scaling.models import AuditEvent
from tests.factories.tenants import Rows, is_of_tenants

CANARY = "canary"


def url(model, name, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


def ours():
    """Return the registered models of this program."""
    return [
        model
        for model in admin.site._registry
        if model._meta.app_config.name in ("accounts", "escalation", "incidents", "scaling")
    ]


def autocompletes():
    """Return what an autocomplete can be asked: every reference to a model whose page can be searched."""
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if isinstance(field, models.ForeignKey | models.ManyToManyField) and is_searchable(field.related_model):
                yield {
                    "app_label": model._meta.app_label,
                    "model_name": model._meta.model_name,
                    "field_name": field.name,
                }


def is_searchable(model):
    try:
        return bool(admin.site.get_model_admin(model).search_fields)
    except NotRegistered:
        return False


@pytest.fixture
def theirs(rival):
    """One row of each model of the other organization, every text of which says so."""
    return Rows(rival, mark=CANARY).of_every_model()


def traces(response):
    text = response.content.decode()
    return [word for word in (CANARY, "Rival") if word in text]


def test_no_page_shows_a_trace_of_another_organization(as_alice, bob, theirs):
    pages = [url(model, name) for model in ours() for name in ("changelist", "add")]
    for path in ["/admin/", "/admin/organization/", *pages]:
        shown = as_alice.get(path)
        assert shown.status_code in (200, 403), path
        assert not traces(shown), path


def test_no_search_or_autocomplete_finds_a_row_of_another_organization(as_alice, bob, theirs):
    asked = list(autocompletes())
    assert {"app_label": "escalation", "model_name": "layeruser", "field_name": "membership"} in asked
    for question in asked:
        for term in ("", CANARY):
            answer = as_alice.get(reverse("admin:autocomplete"), question | {"term": term})
            assert answer.status_code in (200, 403), question
            assert not traces(answer), question


def test_no_page_leads_to_a_row_of_another_organization(as_alice, theirs):
    for row in theirs:
        if type(row) in admin.site._registry:
            for name in ("change", "delete", "history"):
                path = url(type(row), name, row.pk)
                assert as_alice.get(path).status_code == 404, path


def test_every_page_of_tenant_rows_stands_on_the_tenant_base():
    pages = [page for model, page in admin.site._registry.items() if is_of_tenants(model)]
    assert pages
    assert all(isinstance(page, TenantAdmin) for page in pages)
    inlines = [
        inline for page in admin.site._registry.values() for inline in page.inlines if is_of_tenants(inline.model)
    ]
    assert inlines
    assert all(issubclass(inline, TenantTabularInline | TenantStackedInline) for inline in inlines)


def test_every_other_page_is_for_operators(as_alice):
    for model in admin.site._registry:
        if not is_of_tenants(model) and model not in {Organization, AuditEvent}:
            assert as_alice.get(url(model, "changelist")).status_code == 403
