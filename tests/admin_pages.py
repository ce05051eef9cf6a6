"""Words the tests of admin pages share."""

from __future__ import annotations

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext


def sign_in(user):
    """Return a browser in which ``user`` has signed in."""
    client = Client()
    client.force_login(user)
    return client


def complaints(response):
    """Return what a form that was not saved says beside each of its fields."""
    assert response.status_code == 200
    form = response.context["adminform"].form
    return {field: list(messages) for field, messages in form.errors.items()}


def statements(client, path):
    """Return how many statements it takes to show a page, once Django knows what it keeps for the life of a process."""
    client.get(path)
    with CaptureQueriesContext(connection) as made:
        assert client.get(path).status_code == 200
    return len(made)
