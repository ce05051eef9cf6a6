"""Every address of the admin, now and to come, against somebody who runs one organization and is a member of another.

The addresses come from the URL resolver and the models from the registry: what is added later is in the matrix at once.
A row of another organization behaves exactly as one that does not exist (B131), and no column tells its contents
through a filter (B132).
"""

from __future__ import annotations

import re

import pytest
from django.contrib import admin
from django.db import models
from django.urls import reverse

from accounts.models import Organization, User
from scaling.ids import new_uuid
from scaling.models import AuditEvent
from tests.admin_pages import sign_in
from tests.factories.accounts import EPOCH, MembershipFactory, UserFactory
from tests.factories.tenants import Rows, is_of_tenants
from tests.routes import leaves
from tests.scaling.test_tenant_matrix import _rows as rows_as_they_are

CANARY = "canary"
_ID = re.compile(r"<(?:\w+:)?\w+>")


def addresses_of_rows():
    """Yield (model, path with one place for an id) for each address of the admin that names one row of a page."""
    pages = {f"admin/{model._meta.app_label}/{model._meta.model_name}/": model for model in admin.site._registry}
    for _, path in leaves():
        model = next((model for start, model in pages.items() if path.startswith(start)), None)
        if model is not None and len(_ID.findall(path)) == 1:
            yield model, "/" + path


ADDRESSES = sorted({(model._meta.label, path) for model, path in addresses_of_rows()})


@pytest.fixture
def theirs(rival):
    """One row of each model of the organization that is not acted in, every text of which says so."""
    rows = [*Rows(rival, mark=CANARY).of_every_model(), rival, UserFactory(email=f"{CANARY}@example.org")]
    rows += AuditEvent.objects.filter(organization_id=rival.pk)[:1]
    return {type(row)._meta.label: row for row in rows}


@pytest.fixture
def dora(acme, rival):
    """Dora runs Acme, in which her session acts, and is a member of Rival."""
    user = UserFactory(email="dora@example.org")
    MembershipFactory(organization=acme, user=user, created_at=EPOCH, admin=True)
    MembershipFactory(organization=rival, user=user)
    return user


@pytest.fixture
def as_dora(dora):
    return sign_in(dora)


def told(response, own_id):
    """Return what an answer tells, but for the id that was asked for."""
    content = response.content.decode() if response.status_code == 404 else ""
    return response.status_code, (response.get("Location") or "").replace(own_id, "ID"), content.replace(own_id, "ID")


@pytest.mark.parametrize(("label", "path"), ADDRESSES)
def test_a_row_of_another_organization_behaves_as_one_that_does_not_exist(as_dora, theirs, label, path):
    before = rows_as_they_are()
    foreign, unknown = str(theirs[label].pk), str(new_uuid())
    for method in ("get", "post"):
        answers = [told(getattr(as_dora, method)(_ID.sub(pk, path)), pk) for pk in (foreign, unknown)]
        assert answers[0] == answers[1]
        assert answers[0][0] in {302, 403, 404, 405}, (method, path, answers[0][0])
    assert rows_as_they_are() == before


@pytest.mark.parametrize("name", ["changelist", "add"])
def test_no_page_of_hers_shows_a_trace_of_the_organization_she_does_not_act_in(as_dora, theirs, name):
    for model in admin.site._registry:
        page = as_dora.get(_url(model, name))
        assert page.status_code in {200, 403}, model
        assert CANARY not in page.content.decode(), model


def test_she_may_in_each_organization_what_her_membership_there_says(as_dora, acme, rival):
    for_admins = [model for model in admin.site._registry if is_of_tenants(model) and _is_for_admins(model)]
    assert for_admins
    for organization, expected in ((acme, {200}), (rival, {403})):
        as_dora.post(reverse("admin:switch_organization"), {"organization": organization.id})
        assert {as_dora.get(_url(model, "changelist")).status_code for model in for_admins} == expected


def test_there_are_no_groups_or_permissions_rights_could_come_from():
    assert not {"groups", "user_permissions"} & {field.name for field in User._meta.get_fields()}


@pytest.mark.parametrize("model", sorted(admin.site._registry, key=repr))
def test_no_column_tells_its_contents_through_a_filter(as_olivia, acme, model):
    page = admin.site._registry[model]
    offered = {item if isinstance(item, str) else item[0] for item in page.list_filter if not isinstance(item, type)}
    tried = [f"{path}__startswith" for path in _columns(model) if path not in offered]
    assert tried
    for lookup in tried:
        answer = as_olivia.get(_url(model, "changelist"), {lookup: "a"})
        assert answer.status_code in {302, 400, 403}, lookup


def _columns(model):
    """Yield the path of each column of ``model`` and of the models next to it, their neighbours' included."""
    for field in model._meta.get_fields():
        if field.is_relation and field.related_model is not None:
            for column in field.related_model._meta.fields:
                yield f"{field.name}__{column.name}"
        elif isinstance(field, models.Field):
            yield field.name


def _is_for_admins(model):
    may = getattr(admin.site._registry[model], "member_may", None)
    return may is not None and "view" not in may


def _url(model, name):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}")


def test_the_matrix_reaches_every_registered_tenant_model():
    assert {label for label, _ in ADDRESSES} >= {
        model._meta.label for model in admin.site._registry if is_of_tenants(model)
    }
    assert Organization._meta.label in {label for label, _ in ADDRESSES}
