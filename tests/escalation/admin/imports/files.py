"""Files as a browser sends them to be imported."""

from __future__ import annotations

import html
import json
import re

from django.core.files.uploadedfile import SimpleUploadedFile

IMPORTS = "/admin/escalation/plannedimport/"
UPLOAD = f"{IMPORTS}add/"
EXPORT = f"{IMPORTS}export/"

PLAN = """\
formatVersion: 1
users:
  - {key: ana, email: ana@example.org, firstName: Ana, lastName: Ruiz}
schedules:
  - key: primary
    name: Primary
    timezone: Europe/Madrid
    rotations:
      - name: weekly
        rotationType: weekly
        rotationLengthDays: 7
        handoffTime: "09:00"
        effectiveFrom: "2026-01-05T09:00:00+01:00"
        participants: [ana]
policies:
  - key: checkout
    name: Checkout
    layers:
      - {ackTimeoutMinutes: 5, target: {type: schedule, schedule: primary}}
      - {ackTimeoutMinutes: 10, target: {type: users, users: [ana]}}
"""

GONE = json.dumps({"formatVersion": 1, "users": [{"key": "ana", "email": "ana@example.org", "active": False}]})
"""Ana is to be paged no more."""


def upload(client, *files, **fields):
    """Send files, each a name and its text or bytes; return the answer."""
    sent = [SimpleUploadedFile(name, text.encode() if isinstance(text, str) else text) for name, text in files]
    return client.post(UPLOAD, {"uploaded": sent, "form": "auto", **fields})


def page_of(planned, name="change"):
    """Return the address of an import's page."""
    return f"{IMPORTS}{planned.pk}/{name}/"


def problems(answer):
    """Return what an upload was answered is wrong with the files."""
    assert answer.status_code == 200
    assert answer.context["form"].errors == {}
    return [str(one) for one in answer.context["problems"]]


def refusals(answer):
    """Return what a form that was sent is refused for."""
    assert answer.status_code == 200
    return {field: list(messages) for field, messages in answer.context["form"].errors.items()}


def words(answer):
    """Return what a page says, without its markup."""
    assert answer.status_code == 200
    text = answer.content.decode()
    main = text[text.index('id="content"') :]
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", main).split()))


def policies(count, called="policy"):
    """Return a file of so many policies, each of one layer that pages Ana."""
    layers = [{"ackTimeoutMinutes": 5, "target": {"type": "users", "users": ["ana@example.org"]}}]
    made = [{"key": f"{called}-{n:04}", "name": f"{called.title()} {n:04}", "layers": layers} for n in range(count)]
    return json.dumps({"formatVersion": 1, "policies": made})
