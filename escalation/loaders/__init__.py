"""How plans and worlds come out of the database: in a fixed number of statements, whatever the size of the batch.

``load_plan`` reads what a policy says now, for the snapshot of a new escalation. ``load_worlds`` reads, for a batch of
escalations of any number of organizations, all that their decisions may look at, and beside it where each person is
reached. ``load_schedules`` reads schedules with their past, for those who show them. All are plain SQL: the first two
run on the paging path, where building a queryset costs more than running it.
"""

from __future__ import annotations

from escalation.loaders.intended import load_intended
from escalation.loaders.plans import LoadedPlan, NamedPerson, find_policy_of_schedule, load_plan, load_wanted_plans
from escalation.loaders.schedules import Wanted, load_schedules, load_wanted_schedules
from escalation.loaders.worlds import EMAIL, Loaded, Method, Needs, Reachable, load_worlds

__all__ = [
    "EMAIL",
    "Loaded",
    "LoadedPlan",
    "Method",
    "NamedPerson",
    "Needs",
    "Reachable",
    "Wanted",
    "find_policy_of_schedule",
    "load_intended",
    "load_plan",
    "load_schedules",
    "load_wanted_plans",
    "load_wanted_schedules",
    "load_worlds",
]
