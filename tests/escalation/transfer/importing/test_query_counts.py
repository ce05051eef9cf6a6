"""An import takes as many statements for many parts as for few, until a kind of row has more than a thousand.

Each thousand rows more (``rows.AT_ONCE``) take another statement, and each hundred that are removed.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from escalation.models import Policy
from escalation.transfer.importing.service import preview_import
from escalation.transfer.writing import as_yaml
from tests.escalation.transfer.importing.imports import NOW, arriving, job, run
from tests.escalation.transfer.plans import OFFICE, document, instead, layer, policy, schedule, turns, user
from tests.factories.accounts import OrganizationFactory

pytestmark = pytest.mark.django_db

FEW, MANY = 2, 60
ZONES = {1: "Europe/Madrid", 2: "Europe/Lisbon"}
ASKED = {"create_users": True, "prune": True, "accept_gaps": True}


def whole(size, *, version=1):
    """Return a plan of so many people, working hours, schedules and policies; in another version all of them differ."""
    people = [user(f"P{number}", f"V{version}", email=f"p{number}@{size}.example") for number in range(size)]
    hours = [replace(OFFICE, key=f"h{number}", name=f"H{number}") for number in range(size)]
    keys = [person.key for person in people]
    schedules = [_schedule(number, keys, version) for number in range(size)]
    policies = [_policy(number, keys, version) for number in range(size)]
    if version > 1:
        people.append(user("Newcomer", email=f"newcomer@{size}.example"))
    return document(
        *schedules, *policies, users=people, hours=[replace(each, timezone=ZONES[version]) for each in hours]
    )


def _schedule(number, people, version):
    first = turns(*people[:2][::version], name="Days", days=version)
    second = turns(people[0], name=f"Nights {version}")
    override = instead(people[1], "2027-02-01", f"2027-02-0{1 + version}", "Days")
    return schedule(first, second, overrides=[override], key=f"s{number}", name=f"S{number}")


def _policy(number, people, version):
    layers = (layer(f"s{number}", "during", f"h{number}"), layer(tuple(people[:version])))
    return replace(
        policy(*(layers if version == 1 else reversed(layers)), key=f"p{number}", name=f"P{number}"),
        repeat_count=version,
    )


def counted(call):
    """Return how many statements a call takes."""
    with CaptureQueriesContext(connection) as made:
        call()
    return len(made)


def importing(size, *versions):
    """Return the statements of an import of the last version, into an organization that has those before."""
    organization = OrganizationFactory()
    *before, last = (arriving(as_yaml(whole(size, version=version))) for version in versions)
    for each in before:
        run(organization, each, **ASKED)
    count = counted(lambda: run(organization, last, **ASKED))
    assert Policy.objects.for_organization(organization.id).filter(repeat_count=versions[-1]).count() == size
    return count


def previewing(size, *versions):
    organization = OrganizationFactory()
    *before, last = (arriving(as_yaml(whole(size, version=version))) for version in versions)
    for each in before:
        run(organization, each, **ASKED)
    return counted(lambda: preview_import(job(organization, last, **ASKED), NOW))


@pytest.mark.parametrize("versions", [(1,), (1, 1), (1, 2)])
def test_of_a_preview(versions):
    assert previewing(FEW, *versions) == previewing(MANY, *versions) == 6


def test_of_an_import_that_creates_all():
    assert importing(FEW, 1) == importing(MANY, 1) <= 45


def test_of_an_import_that_changes_nothing():
    assert importing(FEW, 1, 1) == importing(MANY, 1, 1) <= 30


def test_of_an_import_that_changes_all_and_removes_some():
    assert importing(FEW, 1, 2) == importing(MANY, 1, 2) <= 60
