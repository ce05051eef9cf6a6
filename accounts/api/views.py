"""The endpoints about people."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from accounts import services
from accounts.api.serializers import RulesInput, RulesReply, UsersReply
from accounts.models import Membership, NotificationRule
from scaling.api.preconditions import etag_of
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


class NotificationRulesViewSet(TenantViewSet):
    """How a person is paged: over which contact methods, after how long, and how often again."""

    @operation("getNotificationRules", gives=RulesReply, tagged=True)
    def retrieve(self, request: Request, user_id: str) -> Response:
        """All rules of a person, in order."""
        member = services.find_member_by_user(self.organization_id, user_id)
        rules = list(NotificationRule.objects.filter(membership=member))
        return data(_rules_body(rules), etag=etag_of(services.content_of(member.pk, rules)))

    @operation("replaceNotificationRules", takes=RulesInput, gives=RulesReply)
    def update(self, request: Request, user_id: str) -> Response:
        """Put another list of rules in place of a person's, from the next page on.

        The account's email goes at once whatever they say. Without any rule, all verified methods do.
        """
        member = services.find_member_by_user(self.organization_id, user_id)
        rules = services.replace_notification_rules(
            organization_id=self.organization_id,
            membership_id=member.pk,
            if_match=self.if_match,
            **self.body(RulesInput),
        )
        return data(_rules_body(rules))


def _rules_body(rules: Iterable[NotificationRule]) -> dict[str, Any]:
    return {
        "rules": [
            {
                "id": rule.id,
                "contactMethodId": rule.contact_method_id,
                "delaySeconds": rule.delay_seconds,
                "repeatSeconds": rule.repeat_seconds,
                "severities": rule.severities,
            }
            for rule in rules
        ]
    }
