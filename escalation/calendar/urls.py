"""Where calendars lie, outside ``/v1``: calendar programs have no key."""

from __future__ import annotations

from django.urls import path

from escalation.calendar.views import calendar

urlpatterns = [path("calendar/<str:token>.ics", calendar, name="calendar")]
