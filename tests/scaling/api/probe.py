"""A resource made for tests of the floor: it takes every kind of field, and fails in every way it is told to."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, OperationalError, connection
from django.http import Http404
from django.urls import include, path
from rest_framework import exceptions, serializers

from scaling.api.fields import (
    DescriptionField,
    InstantField,
    NameField,
    StrictBoolean,
    StrictChoice,
    StrictInteger,
    StrictList,
    StrictText,
    StrictUUID,
    TimeOfDayField,
)
from scaling.api.pagination import PageQuery
from scaling.api.preconditions import etag
from scaling.api.schema import operation
from scaling.api.serializers import StrictSerializer
from scaling.api.urls import last_resort
from scaling.api.views import ApiView, TenantViewSet, data, deleted
from scaling.models import RateWindow

FAILURES = {
    "crash": ZeroDivisionError("secret detail"),
    "database down": OperationalError("connection refused"),
    "database error": DatabaseError("bug"),
    "django 404": Http404(),
    "django 403": PermissionDenied(),
    "drf 403": exceptions.PermissionDenied(),
    "drf 500": exceptions.APIException("odd"),
}


class Inner(StrictSerializer):
    """A nested object."""

    kind = StrictChoice(choices=["one", "two"])
    ids = StrictList(child=StrictText(max_length=10), required=False, min_length=1, max_length=3)


class ProbeBody(StrictSerializer):
    """One of each field."""

    parent_id = "parentId"
    refused = {"layers": "Layers are written elsewhere."}

    name = NameField()
    description = DescriptionField()
    count = StrictInteger(min_value=1, max_value=10_080, required=False)
    big = StrictInteger(required=False)
    flag = StrictBoolean(required=False)
    ref = StrictUUID(required=False)
    at = InstantField(required=False)
    daily = TimeOfDayField(required=False)
    inner = Inner(required=False)


class ProbeReply(serializers.Serializer):
    """What comes back."""

    name = serializers.CharField()
    at = InstantField(allow_null=True)


class ProbeViewSet(TenantViewSet):
    """Answers with what it understood."""

    trigger_actions = frozenset({"create"})

    @operation("listProbes", query=PageQuery, gives=ProbeReply(many=True))
    def list(self, request):
        """All of them."""
        return data(self.query(PageQuery))

    @operation("createProbe", takes=ProbeBody, gives=ProbeReply, status=201)
    def create(self, request):
        """Write a row, then fail if the body's name says so."""
        body = self.body(ProbeBody)
        RateWindow.objects.create(bucket=body["name"], starts_at=body.get("at"), hits=1)
        if body["name"] in FAILURES:
            raise FAILURES[body["name"]]
        return data(body, status=201)

    @operation("getProbe", gives=ProbeReply, tagged=True)
    def retrieve(self, request, probe_id):
        """One."""
        if name := request.query_params.get("fail"):
            raise FAILURES[name]
        return data({"id": probe_id, "by": self.actor_id}, etag=etag(probe_id, 1))

    @operation("updateProbe", takes=ProbeBody, gives=ProbeReply)
    def update(self, request, probe_id):
        """Partially."""
        return data(self.body(ProbeBody, partial=True))

    @operation("deleteProbe")
    def destroy(self, request, probe_id):
        """Gone."""
        return deleted()

    @operation("touchProbe", takes=ProbeBody, gives=ProbeReply)
    def touch(self, request, probe_id):
        """A body may be sent."""
        return data(self.optional_body(ProbeBody))


class PingView(ApiView):
    """Asks the database a question, and nobody for a key."""

    authentication_classes = ()
    permission_classes = ()

    def get(self, request):
        """Answer."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return data(cursor.fetchone())


urlpatterns = [
    path(
        "v1/",
        include(
            [
                path("ping", PingView.as_view()),
                path("probes", ProbeViewSet.as_view({"get": "list", "post": "create"})),
                path(
                    "probes/<resource_id:probe_id>",
                    ProbeViewSet.as_view({"get": "retrieve", "patch": "update", "delete": "destroy"}),
                ),
                path("probes/<resource_id:probe_id>/touch", ProbeViewSet.as_view({"post": "touch"})),
            ]
        ),
    ),
    last_resort,
]
