"""The endpoints of people's quiet hours."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.services import find_member_by_user
from escalation import services
from escalation.api.bodies import quiet_hours_body
from escalation.api.serializers.quiet_hours import QuietHoursInput, QuietHoursReply
from escalation.models import QuietHours
from scaling.api.preconditions import etag_of
from scaling.api.schema import operation
from scaling.api.views import TenantViewSet, data
from scaling.errors import InvalidInput


class QuietHoursViewSet(TenantViewSet):
    """When a person is not to be woken by what can wait until morning."""

    @operation("getQuietHours", gives=QuietHoursReply, tagged=True)
    def retrieve(self, request: Request, user_id: str) -> Response:
        """A person's quiet hours, or null."""
        member = find_member_by_user(self.organization_id, user_id)
        hours = QuietHours.objects.filter(membership=member).first()
        return data(quiet_hours_body(hours), etag=etag_of(services.quiet_content(member.pk, hours)))

    @operation("setQuietHours", takes=QuietHoursInput, gives=QuietHoursReply)
    def update(self, request: Request, user_id: str) -> Response:
        """Leave out SMS, voice and push at severity low and medium during these hours; null turns them off.

        The account's email goes at once all the same, and the incident climbs its policy as always.
        """
        hours = self.body(QuietHoursInput)["hours"]
        try:
            written = services.set_quiet_hours(
                organization_id=self.organization_id, user_id=user_id, hours=hours, if_match=self.if_match
            )
        except InvalidInput as error:
            raise InvalidInput([(f"quietHours.{name}", message) for name, message in error.errors]) from error
        return data(quiet_hours_body(written))
