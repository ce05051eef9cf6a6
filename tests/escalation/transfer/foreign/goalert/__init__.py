"""Bundles of GoAlert."""
