"""A person's notification rules over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from accounts.models.notification_rule import MAX_RULES, SEVERITIES
from scaling.ids import new_user_id
from tests.factories.accounts import (
    ApiKeyFactory,
    ContactMethodFactory,
    MembershipFactory,
    NotificationRuleFactory,
    OrganizationFactory,
)
from tests.fixtures.accounts import ApiClient

pytestmark = pytest.mark.django_db

MAIL = {"contactMethodId": None}


@pytest.fixture
def path(member):
    return f"/v1/users/{member.user_id}/notification-rules"


@pytest.fixture
def sms(member):
    return ContactMethodFactory(membership=member, sms=True)


def told(response):
    return [{name: value for name, value in rule.items() if name != "id"} for rule in response.json()["data"]["rules"]]


def test_a_list_is_put_and_read_back_whole_and_in_order(api, path, sms):
    rules = [
        {"contactMethodId": None, "delaySeconds": 0, "repeatSeconds": None, "severities": list(SEVERITIES)},
        {"contactMethodId": str(sms.pk), "delaySeconds": 300, "repeatSeconds": 600, "severities": ["critical", "high"]},
    ]
    put = api.put(path, {"rules": rules})

    assert (put.status_code, told(put)) == (200, rules)
    assert told(api.get(path)) == rules
    assert api.put(path, put.json()["data"]).status_code == 200  # what was read may be sent back


def test_what_is_left_out_is_at_once_never_again_and_for_everything(api, path, sms):
    api.put(path, {"rules": [{"contactMethodId": str(sms.pk)}]})
    assert told(api.get(path)) == [
        {"contactMethodId": str(sms.pk), "delaySeconds": 0, "repeatSeconds": None, "severities": list(SEVERITIES)}
    ]


def test_an_empty_list_takes_all_rules_away(api, path, member):
    NotificationRuleFactory(membership=member)
    assert told(api.put(path, {"rules": []})) == []


_WRONG: dict[str, list[Any]] = {
    "delaySeconds": [-1, 86_401, 1.0, 0.5, "60", True, None, [], 2**63],
    "repeatSeconds": [0, 59, 86_401, 60.0, "60", True, [], -60],
    "severities": [None, [], {}, "high", ["urgent"], ["High"], [1], ["low", "low"], [None]],
}
_NO_METHODS: list[Any] = [1, True, "", "email", [], {}, "0" * 32, str(uuid4())]
BAD = [
    ({}, ["rules"]),
    ({"rules": None}, ["rules"]),
    ({"rules": {}}, ["rules"]),
    ({"rules": [MAIL] * (MAX_RULES + 1)}, ["rules"]),
    ({"rules": [None]}, ["rules.0"]),
    ({"rules": [{}]}, ["rules.0.contactMethodId"]),
    ({"rules": [MAIL], "rule": 1}, ["rule"]),
    ({"rules": [MAIL, {**MAIL, "delay": 1}]}, ["rules.1.delay"]),
    *(
        ({"rules": [MAIL, {**MAIL, name: value}]}, [f"rules.1.{name}"])
        for name, values in _WRONG.items()
        for value in values
    ),
    *(({"rules": [{"contactMethodId": value}]}, ["rules.0.contactMethodId"]) for value in _NO_METHODS),
]


def _field(errors):
    """Return the field of a mistake; one inside a list of severities counts as the list's."""
    return ".".join(errors["field"].split(".")[:3])


@pytest.mark.parametrize(("body", "fields"), BAD)
def test_bad_input_is_named_and_changes_nothing(api, path, member, body, fields):
    NotificationRuleFactory(membership=member, delay_seconds=7)
    before = told(api.get(path))
    response = api.put(path, body)

    assert (response.status_code, response.json()["code"]) == (422, "validation_error")
    assert [_field(error) for error in response.json()["errors"]] == fields
    assert told(api.get(path)) == before


def test_a_colleagues_a_strangers_and_a_removed_method_look_like_one_that_is_not_there(api, path, member):
    colleague = MembershipFactory(organization=member.organization)
    removed = ContactMethodFactory(
        membership=member, address="", verified_at=None, removed_at=member.created_at, shown="gone"
    )
    methods = [ContactMethodFactory(membership=colleague), ContactMethodFactory(), removed]
    answers = [api.put(path, {"rules": [{"contactMethodId": str(method.pk)}]}) for method in methods]

    messages = {(answer.status_code, answer.json()["message"]) for answer in answers}
    assert messages == {(422, "rules.0.contactMethodId: is no contact method of this person.")}


def test_the_tag_of_a_list_guards_it(api, path):
    tag = api.get(path)["ETag"]
    assert api.put(path, {"rules": [MAIL]}, headers={"If-Match": tag}).status_code == 200
    assert api.get(path)["ETag"] != tag
    assert api.put(path, {"rules": []}, headers={"If-Match": tag}).status_code == 412
    assert len(told(api.get(path))) == 1


def test_an_unverified_method_may_have_rules(api, path, member):
    method = ContactMethodFactory(membership=member, verified_at=None)
    assert api.put(path, {"rules": [{"contactMethodId": str(method.pk)}]}).status_code == 200


def test_ids_are_read_in_either_case_and_unknown_ones_are_not_found(api, path, member):
    assert api.get(path.replace(member.user_id, member.user_id.upper())).status_code == 200
    gone = MembershipFactory(organization=member.organization, ended=True)
    for user_id in (new_user_id(), gone.user_id, "x", "%00", "a" * 300):
        assert api.get(f"/v1/users/{user_id}/notification-rules").status_code == 404


@pytest.mark.parametrize("scope", ["read", "trigger"])
def test_writing_takes_the_scope(organization, path, scope):
    client = ApiClient(ApiKeyFactory(organization=organization, scope=scope).text)
    assert client.put(path, {"rules": []}).status_code == 403
    assert client.get(path).status_code == (200 if scope == "read" else 403)


@pytest.mark.parametrize("size", [1, MAX_RULES])
def test_reading_and_replacing_cost_the_same_for_any_number(member, sms, size, django_assert_num_queries):
    organization = OrganizationFactory()
    member = MembershipFactory(organization=organization)
    api = ApiClient(ApiKeyFactory(organization=organization).text)
    path = f"/v1/users/{member.user_id}/notification-rules"
    with django_assert_num_queries(10):
        api.put(path, {"rules": [MAIL] * size})
    with django_assert_num_queries(3):
        assert len(told(api.get(path))) == size
