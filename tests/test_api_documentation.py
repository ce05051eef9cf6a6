"""docs/api.md is true: its examples are run against the API in their order, and nothing is left out of it.

An example is two ``http`` blocks, a request and its answer. The ids in it stand for those of the test's rows: the
first answer that shows one says which. An instant stands for any instant, a time of day in a sentence for any such time,
the link of a calendar for any such link.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

import pytest

from scaling.api.description import description
from scaling.codes import STATUS_OF_CODE
from scaling.env import PROJECT_ROOT
from tests.factories.accounts import ApiKeyFactory, MembershipFactory
from tests.fixtures.accounts import ApiClient

PAGE = (PROJECT_ROOT / "docs" / "api.md").read_text()
_UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_SHOWN_URL = r"https://hooks\.example\.org… \([0-9a-f]{8}\)"
_ID = re.compile(rf"{_UUID}|(?:org|orginv|user|key)_[0-9a-z]+|WyI[\w-]+:[\w-]+|whsec_[\w+/=]+|{_SHOWN_URL}")
_CALENDAR = re.compile(r"https?://[^/]+/calendar/[\w-]{43}\.ics")
_CLOCK = re.compile(r"(?:\d{1,2} [A-Z][a-z]{2} )?\d\d:\d\d UTC")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@dataclass(frozen=True)
class Message:
    """A request or an answer as the page shows it: its first line, its headers, its body."""

    first: str
    headers: dict[str, str]
    body: str

    @classmethod
    def read(cls, block):
        head, _, body = block.partition("\n\n")
        first, *lines = head.strip().splitlines()
        return cls(first, dict(line.split(": ", 1) for line in lines), body)


BLOCKS = [Message.read(block) for block in re.findall(r"^```http\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)]
EXAMPLES = list(zip(BLOCKS[::2], BLOCKS[1::2], strict=True))


class Ids:
    """Which id of the test an id of the page stands for."""

    def __init__(self):
        self._real = {}

    def real(self, text):
        """Return ``text`` of the page with the ids of the test, those in an ``ETag`` included."""
        for shown, real in self._real.items():
            text = text.replace(shown, real).replace(shown.replace("-", ""), real.replace("-", ""))
        return text

    def compare(self, shown, real, where="body"):
        """Fail unless ``real`` is what the page shows."""
        if isinstance(shown, dict) and isinstance(real, dict):
            assert list(real) == list(shown), where
            for key in shown:
                self.compare(shown[key], real[key], f"{where}.{key}")
        elif isinstance(shown, list) and isinstance(real, list):
            assert len(real) == len(shown), where
            for index, (one, other) in enumerate(zip(shown, real, strict=True)):
                self.compare(one, other, f"{where}.{index}")
        elif isinstance(shown, str) and isinstance(real, str):
            self.compare_texts(shown, real, where)
        else:
            assert real == shown, where

    def compare_texts(self, shown, real, where):
        """Fail unless ``real`` is a text of the same form, and of the same words where it has no form."""
        if _ID.fullmatch(shown):
            assert _ID.fullmatch(real), where
            assert self._real.setdefault(shown, real) == real, where
            return
        form = next((form for form in (_INSTANT, _CALENDAR) if form.fullmatch(shown)), None)
        if form is not None:
            assert form.fullmatch(real), where
        else:
            assert _CLOCK.sub("", real) == _CLOCK.sub("", shown), where


@pytest.fixture
def program(organization, monkeypatch):
    """The program of the page: the key ``CI`` of an organization of two. The page's hosts are nobody's."""
    monkeypatch.setattr("incidents.services.webhooks.check_url", lambda url: None)
    for first, last in (("Ada", "Moreno"), ("Bob", "Lindqvist")):
        MembershipFactory(
            organization=organization, first_name=first, last_name=last, user__email=f"{first.lower()}@example.org"
        )
    return ApiClient(ApiKeyFactory(organization=organization, name="CI").text)


def send(program, request, ids):
    method, path = ids.real(request.first).split(" ")
    headers = {name: ids.real(value) for name, value in request.headers.items() if name != "Content-Type"}
    return getattr(program, method.lower())(path, ids.real(request.body), headers=headers)


def test_every_example_is_answered_as_the_page_shows(program):
    ids = Ids()
    for request, answer in EXAMPLES:
        response = send(program, request, ids)
        assert response.status_code == int(answer.first.split()[1]), (request, response.content)
        ids.compare(_json(answer.body), _json(response.content), request.first)
        shown = {name: ids.real(value) for name, value in answer.headers.items()}
        assert {name: response.headers.get(name) for name in shown} == shown, request.first


def test_exactly_the_endpoints_there_are_are_listed():
    listed = re.findall(r"^\| `([A-Z]+) (/v1/[^`]+)` \|", PAGE, re.MULTILINE)
    assert sorted((method, _shape(path)) for method, path in listed) == sorted(_endpoints())


def test_every_endpoint_has_an_example():
    shapes = {(method, _shape_of_example(path)) for method, path in (e.first.split() for e, _ in EXAMPLES)}
    assert set(_endpoints()) - {("GET", "/v1/openapi.json")} <= shapes


def test_the_table_of_codes_is_the_one_of_the_program():
    listed = re.findall(r"^\| `(\w+)` \| (\d{3}) \|", PAGE, re.MULTILINE)
    assert {code: int(status) for code, status in listed} == dict(STATUS_OF_CODE)


def test_every_event_that_can_happen_is_listed():
    source = (PROJECT_ROOT / "incidents" / "summaries.py").read_text()
    told = re.findall(r'^    "(\w+)": _', source, re.MULTILINE)
    section = PAGE.split("### Events")[1].split("\n#")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == set(told)


def _json(body):
    return json.loads(body) if body else None


def _endpoints():
    paths = json.loads(description())["paths"]
    return [(method.upper(), _shape(path)) for path, methods in paths.items() for method in methods]


def _shape(path):
    return re.sub(r"\{\w+\}", "{}", path)


def _shape_of_example(path):
    return re.sub(rf"{_UUID}|(?:orginv|user)_[0-9a-z]+", "{}", path.partition("?")[0])
