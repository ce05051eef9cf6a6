"""What the API says about people (contract section 8)."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class UserReply(serializers.Serializer[Any]):
    """A person of the organization."""

    id = serializers.CharField(help_text="`user_…`: what layers, incidents and overrides name.")
    firstName = serializers.CharField(allow_null=True)
    lastName = serializers.CharField(allow_null=True)
    email = serializers.CharField(allow_null=True)


class UsersReply(serializers.Serializer[Any]):
    """The people of the organization, in the order in which they joined."""

    users = UserReply(many=True)
