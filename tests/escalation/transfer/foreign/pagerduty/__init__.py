"""Bundles of PagerDuty."""
