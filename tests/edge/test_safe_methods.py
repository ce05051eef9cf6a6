"""Looking changes nothing: no GET, HEAD or OPTIONS of any route leaves a trace in the database (invariant I26)."""

from __future__ import annotations

import re
from itertools import product

import pytest
from django.apps import apps
from django.test import Client

from incidents.answer.tokens import make_token
from incidents.models import Page
from tests.edge.contents import contents
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.tenants import Rows
from tests.routes import leaves

pytestmark = pytest.mark.django_db

ROUTES = ["healthz", "readyz", *(route for _, route in leaves())]


@pytest.fixture
def callers(api, organization):
    """Everybody there is: nobody, a program, a member, an admin, an operator of the installation."""
    people = [
        MembershipFactory(organization=organization).user,
        MembershipFactory(organization=organization, admin=True).user,
        UserFactory(is_superuser=True),
    ]
    browsers = [Client(raise_request_exception=False) for _ in people]
    for browser, person in zip(browsers, people, strict=True):
        browser.force_login(person)
    return [Client(raise_request_exception=False), api, *browsers]


@pytest.mark.parametrize("route", ROUTES)
def test_looking_changes_nothing(route, callers, world, organization):
    path = _path(route, world, organization)
    _, program, *_, operator = callers
    before = contents()
    # HEAD and OPTIONS by those whom something is shown everywhere: to others it shows less.
    for method, caller in [*product(["GET"], callers), *product(["HEAD", "OPTIONS"], [program, operator])]:
        assert caller.generic(method, path).status_code < 500 or path == "/readyz", method
    assert contents() == before


def test_the_routes_are_reached(callers, world, organization):
    operator = callers[-1]
    answers = {route: operator.get(_path(route, world, organization)).status_code for route in ROUTES}
    missed = {route for route, status in answers.items() if status == 404}

    without_second_factor = {"account/app/remove", "account/recovery-codes", "account/recovery-codes/file"}
    assert missed == {"admin/(?P<url>.*)$"} | without_second_factor


def _path(route, world, organization):
    """Return a path of the route that leads to something."""
    is_calendar = route.startswith("calendar/")
    names = world | {"token": world["calendar_token"] if is_calendar else make_token(Page.objects.latest("pk").pk)}
    names |= {"uidb36": "user_nobody", "key": "none", "pk": "1"}
    if found := re.match(r"admin/(\w+)/(\w+)/<(?:path:)?(\w+)>", route):
        app, model, name = found.groups()
        names[name] = _row(apps.get_model(app, model), organization).pk
    plain = re.sub(r"\(\?P<\w+>([^|)]*).*?\)", r"\1", route).replace("^", "").replace("$", "")
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda named: str(names[named[1]]), plain).replace(".*", "nothing")


def _row(model, organization):
    """Return a row as the program made it, or one of a model it has had no reason to use yet."""
    made = model._base_manager.all()
    if hasattr(model, "organization_id"):
        made = made.filter(organization_id=organization.pk)
    return made.order_by("pk").last() or Rows(organization).of(model)
