"""The look-up of an API key, and the header it comes in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import RequestFactory
from django.utils import timezone
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts import keys, services
from accounts.api.authentication import BearerAuthentication
from accounts.auth import find_actor
from accounts.models import ApiKey
from tests.factories.accounts import ApiKeyFactory, OrganizationFactory

pytestmark = pytest.mark.django_db


def authenticate(authorization=None, **environ):
    headers = {} if authorization is None else {"Authorization": authorization}
    return BearerAuthentication().authenticate(Request(RequestFactory(headers=headers, **environ).get("/v1/users")))


class TestFindActor:
    def test_says_which_key_of_which_organization_may_do_what(self):
        key = ApiKeyFactory(scope="trigger")
        ApiKeyFactory()
        actor = find_actor(key.text)
        assert (actor.key_id, actor.organization_id, actor.scope) == (key.id, key.organization_id, "trigger")

    def test_takes_one_statement(self, api_key, django_assert_num_queries):
        expiring = ApiKeyFactory(expires_at=timezone.now() + timedelta(hours=1))
        for text, found in [(api_key.text, True), (expiring.text, True), (keys.make_key(), False)]:
            with django_assert_num_queries(1):
                assert (find_actor(text) is not None) is found

    def test_the_compiled_statement_finds_what_the_orm_finds(self):
        past, future = (timezone.now() + timedelta(seconds=s) for s in (-1, 60))
        made = [
            ApiKeyFactory(),
            ApiKeyFactory(expires_at=future),
            ApiKeyFactory(expires_at=past),
            ApiKeyFactory(revoked_at=past),
            ApiKeyFactory(revoked_at=future),
            ApiKeyFactory(organization=OrganizationFactory(is_active=False)),
            ApiKeyFactory(last_used_at=None, scope="read"),
        ]
        for key in made:
            row = (
                ApiKey.objects.usable()
                .filter(digest=key.digest)
                .values_list("id", "organization_id", "scope", "last_used_at")
                .first()
            )
            actor = find_actor(key.text)
            assert (actor and (actor.key_id, actor.organization_id, actor.scope, actor.last_used_at)) == row
        assert [find_actor(key.text) is not None for key in made] == [True, True, False, False, False, False, True]

    def test_a_revoked_key_fails_at_the_very_next_look(self, api_key):
        assert find_actor(api_key.text) is not None
        services.revoke_api_key(organization_id=api_key.organization_id, key_id=api_key.id, now=timezone.now())
        assert find_actor(api_key.text) is None

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda text: "",
            lambda text: text[:-1] + ("0" if text[-1] != "0" else "1"),
            lambda text: text.replace("scl_live_", "scl_test_"),
            lambda text: text + "\n",
            lambda text: text + " ",
            lambda text: " " + text,
            lambda text: text * 230,
            lambda text: text[:-1] + "é",
            lambda text: f"{text},Bearer {text}",
            lambda text: text + "\x00",
        ],
    )
    def test_text_that_cannot_be_a_key_asks_no_database(self, api_key, spoil, django_assert_num_queries):
        with django_assert_num_queries(0):
            assert find_actor(spoil(api_key.text)) is None

    @pytest.mark.parametrize(("seconds", "worth"), [(None, True), (61, True), (59, False)])
    def test_a_use_is_worth_noting_once_a_minute(self, seconds, worth):
        last = None if seconds is None else timezone.now() - timedelta(seconds=seconds)
        assert find_actor(ApiKeyFactory(last_used_at=last).text).is_use_worth_noting is worth


class TestBearerAuthentication:
    @pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
    def test_the_scheme_is_compared_without_case(self, api_key, scheme):
        user, actor = authenticate(f"{scheme} {api_key.text}")
        assert (user.is_anonymous, actor.key_id) == (True, api_key.id)

    @pytest.mark.parametrize("header", [None, "", "Bearer", "Basic YTpi", "Token {key}", "{key}", "Bearer\t{key}"])
    def test_anything_but_the_bearer_scheme_is_no_key(self, api_key, header):
        assert authenticate(header and header.format(key=api_key.text)) is None

    @pytest.mark.parametrize("header", ["Bearer ", "Bearer  {key}", "Bearer {key} ", "Bearer {key},Bearer {key}"])
    def test_a_bearer_scheme_with_anything_but_one_key_fails(self, api_key, header):
        with pytest.raises(AuthenticationFailed):
            authenticate(header.format(key=api_key.text))

    def test_a_key_in_the_query_string_is_no_key(self, api_key):
        assert authenticate(QUERY_STRING=f"Authorization=Bearer {api_key.text}&api_key={api_key.text}") is None

    def test_tells_the_rest_of_the_program_who_calls(self, api_key):
        request = Request(RequestFactory(headers={"Authorization": f"Bearer {api_key.text}"}).get("/v1/users"))
        _, actor = BearerAuthentication().authenticate(request)
        assert request._request.actor is actor
