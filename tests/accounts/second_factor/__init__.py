"""Tests of second factors."""

from __future__ import annotations
