"""Rows for tests, one module per app. A factory makes what a service would have made."""
