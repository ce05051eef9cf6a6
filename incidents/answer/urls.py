"""Where answer links lead: short, because it stands in every page."""

from __future__ import annotations

from django.urls import path

from incidents.answer.views import answer

urlpatterns = [path("a/<str:token>", answer, name="answer")]
