"""Importing and exporting in the admin: files in, a plan to be read, applied or not, and what came of it."""

from __future__ import annotations
