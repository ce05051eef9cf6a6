"""The endpoints of a person's contact methods: here, because a code goes out over the channels of pages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import services
from accounts.models import ContactMethod
from incidents.api.serializers import Nothing
from incidents.verification import add_checked_method, send_code
from scaling.api.fields import InstantField, StrictChoice, StrictText
from scaling.api.idempotency import ShownOnce
from scaling.api.schema import operation
from scaling.api.serializers import StrictSerializer
from scaling.api.views import TenantViewSet, data, gone
from scaling.clock import now
from scaling.outbound.endpoint import MAX_URL_LENGTH

_CODE_LENGTH = 20


class NewContactMethod(StrictSerializer):
    """A way to reach a person."""

    parent_id = "userId"

    channel = StrictChoice(choices=ContactMethod.Channel.values)
    address = StrictText(
        max_length=MAX_URL_LENGTH,
        help_text="An email address, the URL of a webhook, or the Apprise URL of a service. Never told again.",
    )


class Code(StrictSerializer):
    """The code that came over a method."""

    parent_id = "userId"

    code = StrictText(max_length=_CODE_LENGTH, trim_whitespace=True)


class ContactMethodReply(serializers.Serializer[Any]):
    """A way to reach a person; it pages once it is verified."""

    id = serializers.UUIDField()
    userId = serializers.CharField()
    channel = serializers.ChoiceField(choices=ContactMethod.Channel.values)
    address = serializers.CharField(help_text="As it may be shown: of a URL its host and a hash.")
    loud = serializers.BooleanField(help_text="Whether it rings or buzzes: quiet hours and storms concern it.")
    verifiedAt = InstantField(allow_null=True)
    createdAt = InstantField()


class ContactMethodsReply(serializers.Serializer[Any]):
    """A person's contact methods, oldest first. The account's email, which always pages, is none of them."""

    contactMethods = ContactMethodReply(many=True)


class NewContactMethodReply(ContactMethodReply):
    """A contact method that was just added."""

    secret = serializers.CharField(
        allow_null=True,
        help_text="By which a webhook is signed; told this once, and null in the answer to a repeated request.",
    )


class ContactMethodViewSet(TenantViewSet):
    """The ways to reach a person beside their account's email."""

    lasting_actions = frozenset({"create", "send_code", "verify"})

    @operation("listContactMethods", gives=ContactMethodsReply)
    def list(self, request: Request, user_id: str) -> Response:
        """A person's contact methods, whole, oldest first."""
        member = services.find_member_by_user(self.organization_id, user_id)
        methods = member.contact_methods.filter(removed_at__isnull=True)
        return data({"contactMethods": [_body(method, user_id) for method in methods]})

    @operation("createContactMethod", takes=NewContactMethod, gives=NewContactMethodReply, status=201)
    def create(self, request: Request, user_id: str) -> Response:
        """Add a way to reach a person. It pages once a code that was sent over it has come back."""
        member = services.find_member_by_user(self.organization_id, user_id)
        method = add_checked_method(
            organization_id=self.organization_id, membership_id=member.pk, now=now(), **self.body(NewContactMethod)
        )
        told, remembered = (
            {"data": {**_body(method, user_id), "secret": each}} for each in (method.secret or None, None)
        )
        return ShownOnce(told, remembered=remembered, status=201)

    @operation("deleteContactMethod", status=204)
    def destroy(self, request: Request, user_id: str, method_id: UUID) -> Response:
        """Remove a contact method; its rules go along, and pages on their way over it end."""
        services.remove_contact_method(**self._named(user_id, method_id), now=now(), if_match=self.if_match)
        return gone()

    @operation("sendVerificationCode", takes=Nothing, gives=ContactMethodReply)
    def send_code(self, request: Request, user_id: str, method_id: UUID) -> Response:
        """Send a code of six digits over a method; it is valid for fifteen minutes. The body may be left out.

        A person gets ten codes an hour, the people of an organization a hundred.
        """
        self.optional_body(Nothing)
        return data(_body(send_code(**self._named(user_id, method_id), now=now()), user_id))

    @operation("verifyContactMethod", takes=Code, gives=ContactMethodReply)
    def verify(self, request: Request, user_id: str, method_id: UUID) -> Response:
        """Verify a method by the code that came over it; five tries. A method that is verified stays so."""
        named, code = self._named(user_id, method_id), self.body(Code)
        return data(_body(services.confirm_contact_method(**named, **code, now=now()), user_id))

    def _named(self, user_id: str, method_id: UUID) -> dict[str, Any]:
        member = services.find_member_by_user(self.organization_id, user_id)
        return {"organization_id": self.organization_id, "membership_id": member.pk, "method_id": method_id}


def _body(method: ContactMethod, user_id: str) -> dict[str, Any]:
    return {
        "id": method.id,
        "userId": user_id,
        "channel": method.channel,
        "address": method.shown,
        "loud": method.is_loud,
        "verifiedAt": method.verified_at,
        "createdAt": method.created_at,
    }
