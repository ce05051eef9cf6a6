"""Migrations of triggers."""

from __future__ import annotations

from django.db.migrations.state import ProjectState
from pgtrigger.migrations import AddTrigger


class AddTriggerAlone(AddTrigger):
    """``AddTrigger`` that leaves the rendered models of a migration as they are, for migrations with many triggers.

    No model needs its triggers there, and rendering all models anew takes a quarter of a second for each trigger.
    """

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Note the trigger with the model's options."""
        options = state.models[app_label, self.model_name.lower()].options
        options["triggers"] = [*options.get("triggers", []), self.trigger]
