"""Paths of the floor itself, relative to ``/v1/``; the last resort stands apart, behind every other path."""

from __future__ import annotations

from django.urls import path, re_path

from scaling.api.description import DescriptionView, UnknownPathView
from scaling.api.paths import API_PATH

urlpatterns = [path("openapi.json", DescriptionView.as_view())]

last_resort = re_path(API_PATH, UnknownPathView.as_view())
