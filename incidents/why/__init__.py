"""Why an incident paged whom it paged, and why nobody else: read off what each firing looked at, told in sentences."""

from __future__ import annotations

from incidents.why.load import ToldCall, ToldMethod, ToldPass, ToldPerson, Why, load_why

__all__ = ["ToldCall", "ToldMethod", "ToldPass", "ToldPerson", "Why", "load_why"]
