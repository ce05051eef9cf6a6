from __future__ import annotations

from uuid import UUID

import pytest
from django.core.signing import Signer

from incidents.answer.tokens import answer_url, make_token, read_token
from scaling.ids import new_uuid

PAGE = UUID("01a207c3-b8cf-7318-bcd6-da51a2228861")


def test_a_token_names_its_page():
    assert read_token(make_token(PAGE)) == PAGE


def test_a_token_is_short_and_ends_in_what_no_mail_program_takes_for_punctuation():
    for _ in range(500):
        token = make_token(new_uuid())
        assert len(token) == 66
        assert token[-1].isalnum()


@pytest.mark.parametrize("place", range(0, 66, 5))
def test_a_token_altered_anywhere_is_not_ours(place):
    token = make_token(PAGE)
    altered = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
    assert read_token(altered) is None


@pytest.mark.parametrize("token", ["", ".", "a.b", "é" * 22, "\x00", make_token(PAGE)[:-1], make_token(PAGE) + "A"])
def test_what_was_never_a_token_is_not_ours(token):
    assert read_token(token) is None


def test_a_signature_made_for_something_else_does_not_open_a_page():
    value = make_token(PAGE).split(".")[0]
    assert read_token(Signer(salt="another purpose", sep=".").sign(value)) is None
    assert read_token(Signer(sep=".").sign(value)) is None


def test_a_signed_text_that_is_no_page_is_not_ours():
    assert read_token(Signer(salt="incidents.answer", sep=".").sign("too short")) is None


def test_tokens_outlive_a_change_of_the_secret_key_while_the_old_one_is_listed(settings):
    token = make_token(PAGE)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another secret key, quite as long as the first one was, or longer"
    assert read_token(token) == PAGE
    settings.SECRET_KEY_FALLBACKS = []
    assert read_token(token) is None


def test_a_link_stands_under_the_public_url(settings):
    settings.PUBLIC_URL = "https://oncall.example.org"
    assert answer_url(PAGE) == f"https://oncall.example.org/a/{make_token(PAGE)}"
