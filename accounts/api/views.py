"""The endpoints about people."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.serializers import UsersReply
from accounts.models import Membership
from scaling.api.schema import operation
from scaling.api.views import TenantViewSet, data


class UserViewSet(TenantViewSet):
    """The people whom policies, schedules and incidents can name."""

    @operation("listUsers", gives=UsersReply)
    def list(self, request: Request) -> Response:
        """All members who have not left, whole, in the order in which they joined. A name not given is null."""
        people = Membership.objects.for_organization(self.organization_id).current().order_by("created_at", "user_id")
        rows = people.values_list("user_id", "first_name", "last_name", "user__email")
        return data(
            {
                "users": [
                    {"id": user_id, "firstName": first_name or None, "lastName": last_name or None, "email": email}
                    for user_id, first_name, last_name, email in rows
                ]
            }
        )
