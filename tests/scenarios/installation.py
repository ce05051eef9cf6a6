"""A whole installation as processes: a web server, workers, a mail server, and a clock that can be advanced."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import httpx

from tests.fixtures.logs import keys_in
from tests.processes import PATIENCE_SECONDS
from tests.scenarios.sink import Sink

ROOT = Path(__file__).resolve().parents[2]


class Installation:
    """What an operator runs, on a database of the test's. Use as a context manager."""

    def __init__(self, directory, database_url):
        self.sink = Sink()
        self.http = None
        self.workers = []
        self._clock = directory / "clock"
        self._log = directory / "log"
        self._database_url = database_url
        self._port = _free_port()
        self._web = None

    def __enter__(self):
        self.sink.start()
        self._web = self._start(
            "granian",
            "--interface",
            "wsgi",
            "--host",
            "127.0.0.1",
            "--port",
            str(self._port),
            "scaling.wsgi:application",
        )
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{self._port}", timeout=PATIENCE_SECONDS)
        self.eventually(self._web_answers, "the web server")
        return self

    def __exit__(self, *_):
        self.http.close()
        for process in [*self.workers, self._web]:
            # The web server has children of its own.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.sink.stop()
        assert keys_in(self._log.read_text()) == []

    def sign_in(self, key):
        """Call the API with ``key`` from now on."""
        self.http.headers["Authorization"] = f"Bearer {key}"

    def command(self, *arguments):
        """Run a management command to its end; return what it prints."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def start_worker(self, program=("manage.py", "worker")):
        """Start a worker process; return it."""
        worker = self._start(sys.executable, *program)
        self.workers.append(worker)
        return worker

    def kill_worker(self, worker):
        """End a worker as a power cut would."""
        worker.send_signal(signal.SIGKILL)
        worker.wait()

    def advance(self, **by):
        """Move everybody's clock on by ``minutes=`` or ``seconds=``."""
        seconds = by.get("minutes", 0) * 60 + by.get("seconds", 0)
        so_far = float(self._clock.read_text()) if self._clock.exists() else 0.0
        fresh = self._clock.with_suffix(".new")
        fresh.write_text(str(so_far + seconds))
        fresh.rename(self._clock)

    def post(self, path, **body):
        """POST ``body`` to the API; return the data of the answer."""
        return self._data(self.http.post(f"/v1{path}", json=body))

    def patch(self, path, **body):
        """PATCH; return the data of the answer."""
        return self._data(self.http.patch(f"/v1{path}", json=body))

    def get(self, path):
        """GET; return the data of the answer."""
        return self._data(self.http.get(f"/v1{path}"))

    def policy(self, *layers, minutes=5):
        """Make a policy whose layers name the given people; return its id."""
        policy = self.post("/escalation/policies", name=f"Policy {time.monotonic_ns()}")
        for position, people in enumerate(layers, 1):
            target = {"type": "users", "userIds": [person.user_id for person in people]}
            self.post(
                f"/escalation/policies/{policy['id']}/layers",
                position=position,
                ackTimeoutMinutes=minutes,
                target=target,
            )
        return policy["id"]

    def trigger(self, policy_id):
        """Open an incident on a policy; return its id."""
        incident = self.post("/incidents", title="Invoices stuck", severity="high", escalationPolicyId=policy_id)
        return incident["id"]

    def wait_for_mail(self, count):
        """Wait until so many mails have arrived and the timelines tell of as many; return them all.

        Advance the clock only then: a layer whose mail is still under way is given its time once more.
        """
        mails = self.sink.wait_for(count)
        self.eventually(lambda: self._sends_told() >= count, f"{count} mails to be recorded")
        return mails

    def state(self, incident_id):
        """Return where the incident's escalation stands."""
        return self.get(f"/incidents/{incident_id}")["escalation"]

    def told(self, incident_id):
        """Return the types of the incident's events, oldest first."""
        return [event["type"] for event in self.get(f"/incidents/{incident_id}/timeline")["events"]]

    def wait_for_event(self, incident_id, kind, count=1):
        """Wait until the timeline tells ``kind`` so often."""
        self.eventually(lambda: self.told(incident_id).count(kind) >= count, f"{count} of {kind}")

    def next_mail(self, count, to):
        """Wait for mail number ``count``; it went to ``to``. Return it."""
        mail = self.wait_for_mail(count)[count - 1]
        assert mail.to == to
        return mail

    def eventually(self, is_so, what):
        """Wait until ``is_so`` holds.

        Raises:
            AssertionError: it does not come to hold; tells what the processes logged.
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not is_so():
            assert time.monotonic() < deadline, f"waited in vain for {what}\n{self._log.read_text()[-4000:]}"
            time.sleep(0.05)

    def _sends_told(self):
        """Return how many sends the timelines of all incidents tell of."""
        return sum(
            self.told(incident["id"]).count("notification_sent")
            for incident in self.get("/incidents?limit=100")["incidents"]
        )

    def _data(self, answer):
        assert answer.status_code < 300, answer.text
        return answer.json()["data"]

    def _start(self, *command):
        with self._log.open("ab") as log:
            return subprocess.Popen(
                command, cwd=ROOT, env=self._environment(), stdout=log, stderr=log, start_new_session=True
            )

    def _environment(self):
        return os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATABASE_URL": self._database_url,
            "EMAIL_URL": self.sink.url,
            "SCALING_TEST_CLOCK": str(self._clock),
            "SCALING_PUBLIC_URL": f"http://127.0.0.1:{self._port}",
            "SCALING_OPERATOR_EMAIL": "operator@example.org",
            "SCALING_OUTBOUND_ALLOWED_NETWORKS": "127.0.0.0/8",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }

    def _web_answers(self):
        try:
            return self.http.get("/v1/openapi.json").status_code in {200, 404}
        except httpx.TransportError:
            return False


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
