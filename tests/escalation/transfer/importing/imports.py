"""Importing, as tests ask for it."""

from __future__ import annotations

from datetime import UTC, datetime

from escalation.transfer.findings import subjects_of
from escalation.transfer.importing.own_files import arrival_of
from escalation.transfer.importing.planning import Options
from escalation.transfer.importing.service import Job, run_import
from escalation.transfer.reading.files import read_files
from escalation.transfer.reading.sources import Source
from escalation.transfer.writing import as_yaml

NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)


def arriving(text, name="plan.yaml"):
    """Return what makes an arrival of a file of our own."""
    reading = read_files([Source(name, text.encode())])
    return lambda state: arrival_of(reading, frozenset(subjects_of(state.document)))


def job(organization, arrive, *, accept_loss=False, accept_gaps=True, **options):
    """Return the import of what arrives."""
    return Job(
        organization_id=organization.id,
        source="files",
        arrive=arrive,
        options=Options(**options),
        accept_loss=accept_loss,
        accept_gaps=accept_gaps,
    )


def run(organization, arrive, **asked):
    """Import what arrives; return the answer."""
    return run_import(job(organization, arrive, **asked), actor_id="user_ada", now=NOW)


def run_document(organization, document, **options):
    """Import a document, by way of a file."""
    return run(organization, arriving(as_yaml(document)), **options)


def actions(plan, section=None):
    """Return the action of each part, by its key."""
    return {each.subject.key: str(each.action) for each in plan.changes if section in {None, each.subject.section}}
