"""A story of an installation made by commands, whose database dies and comes back."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from scaling.postgres.server import Server
from tests.scenarios.installation import Installation


@pytest.fixture
def server(tmp_path):
    server = Server(tmp_path / "data")
    server.hold()
    yield server
    server.leave()


def test_what_was_answered_survives_a_crash_of_the_database(server, tmp_path):
    with Installation(tmp_path, server.url) as installation:
        installation.command("migrate")
        ada, bob = _people(installation)
        worker = installation.start_worker()
        incident = installation.trigger(installation.policy([ada], [bob]))
        installation.wait_for_mail(1)

        _crash(server)
        refused = installation.http.get(f"/v1/incidents/{incident}")
        server.revive()
        installation.advance(minutes=5)

        assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
        assert "Retry-After" in refused.headers
        assert installation.wait_for_mail(2)[1].to == "bob@example.org"
        installation.wait_for_event(incident, "layer_timed_out")
        assert worker.poll() is None


def _people(installation):
    """Make an organization by the administrator's commands, sign in with its key, and return two people."""
    organization = installation.command("create_organization", "Acme", "--fallback", "fallback@example.org")
    people = [
        installation.command(
            "create_user",
            *("--organization", organization, "--email", f"{name}@example.org"),
            *("--first-name", name.title(), "--last-name", "L"),
        )
        for name in ("ada", "bob")
    ]
    installation.sign_in(installation.command("create_api_key", "--organization", organization, "--name", "Story"))
    return [SimpleNamespace(user_id=user_id) for user_id in people]


def _crash(server):
    """End the database as a power cut would: at once, without writing anything down."""
    stopped = server.account.run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", server.cluster)
    assert stopped.status == 0, stopped.output
