"""Migrations of triggers."""

from __future__ import annotations

from typing import Any, Final

from django.db.migrations.state import ProjectState
from pgtrigger.migrations import AddTrigger

NONE_IGNORED: Final = """
CREATE OR REPLACE FUNCTION public._pgtrigger_should_ignore(trigger_name name) RETURNS boolean
LANGUAGE sql IMMUTABLE AS 'SELECT false'
"""
"""What every trigger of django-pgtrigger asks first, and installs with itself: it would let a setting that anybody may
make silence the triggers that audit. Where there is no such setting it catches an exception, for each row, and what a
transaction has deferred is then gone through: the time grows with the square of the rows."""


class AddTriggerAlone(AddTrigger):
    """``AddTrigger`` for a trigger that no setting silences.

    It leaves the rendered models of a migration as they are, for migrations with many triggers: no model needs its
    triggers there, and rendering all models anew takes a quarter of a second for each trigger.
    """

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Note the trigger with the model's options."""
        options = state.models[app_label, self.model_name.lower()].options
        options["triggers"] = [*options.get("triggers", []), self.trigger]

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Install it, and have it ask nobody whether it is wanted."""
        super().database_forwards(app_label, schema_editor, from_state, to_state)
        schema_editor.execute(NONE_IGNORED)
