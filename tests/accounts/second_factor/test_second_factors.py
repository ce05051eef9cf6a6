"""Second factors: asked for after the password, set up by their owner, reset by the operator."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import LoginMail
from accounts.second_factor.secrets import SecretUnreadable, decrypt, encrypt
from tests.accounts.sign_in.pages import confirm, is_signed_in, sign_in, text
from tests.admin_pages import sign_in as enter
from tests.admin_pages import statements
from tests.totp import code_of, give_app, give_recovery_codes, hold_period

pytestmark = pytest.mark.django_db

CODE = "/sign-in/second-factor"


@pytest.fixture(autouse=True)
def _one_period(monkeypatch):
    hold_period(monkeypatch)


def halfway(email):
    """Return a browser in which the password was right, and the code is asked for."""
    browser, answered = sign_in(email, next="/admin/")
    assert answered["Location"] == CODE
    return browser


class TestSigningIn:
    def test_the_password_alone_is_not_enough(self, bob):
        give_app(bob.user)
        browser = halfway(bob.user.email)
        assert not is_signed_in(browser)
        assert "data-passkey" not in text(browser.get(CODE))  # nobody is asked for what they have none of

    def test_a_code_leads_on_to_where_one_was_going(self, bob):
        secret = give_app(bob.user)
        browser = halfway(bob.user.email)
        answered = browser.post(CODE, {"code": code_of(secret)})
        assert (answered["Location"], is_signed_in(browser)) == ("/admin/", True)

    def test_a_code_works_once(self, bob):
        secret = give_app(bob.user)
        for expected in (True, False):
            browser = halfway(bob.user.email)
            browser.post(CODE, {"code": code_of(secret)})
            assert is_signed_in(browser) is expected

    @pytest.mark.parametrize("number", [-1, 1])
    def test_a_code_of_another_period_does_not_work(self, bob, number):
        secret = give_app(bob.user)
        browser = halfway(bob.user.email)
        page = browser.post(CODE, {"code": code_of(secret, number)})
        assert "This code does not work." in text(page)
        assert not is_signed_in(browser)

    def test_codes_are_not_tried_without_end_from_anywhere(self, bob):
        secret = give_app(bob.user)
        for guess in range(5):
            halfway(bob.user.email).post(CODE, {"code": f"00000{guess}"})
        browser = halfway(bob.user.email)
        assert "That was tried too often." in text(browser.post(CODE, {"code": code_of(secret)}))
        assert not is_signed_in(browser)

    def test_a_recovery_code_works_once_in_its_place(self, bob):
        give_app(bob.user)
        code = give_recovery_codes(bob.user)[0]
        for expected in (True, False):
            browser = halfway(bob.user.email)
            browser.post(CODE, {"code": code})
            assert is_signed_in(browser) is expected

    def test_a_new_password_by_mail_does_not_get_around_it(self, bob):
        give_app(bob.user)
        bob.user.set_password("another secret of mine")
        bob.user.save()
        browser, answered = sign_in(bob.user.email, "another secret of mine")
        assert (answered["Location"], is_signed_in(browser)) == (CODE, False)

    def test_who_has_got_halfway_can_start_over(self, bob):
        give_app(bob.user)
        browser = halfway(bob.user.email)
        browser.post("/sign-out")
        assert browser.get("/sign-in").status_code == 200


class TestSettingUp:
    def test_the_password_is_asked_for_first(self, as_bob):
        asked = as_bob.get("/account/app/set-up")
        assert asked["Location"].startswith("/account/confirm?next=")
        assert "This is not your password." in text(confirm(as_bob, "a guess"))
        assert as_bob.get("/account/app/set-up").status_code == 302

    def test_an_app_is_set_up_with_recovery_codes_and_its_owner_told(
        self, as_bob, bob, django_capture_on_commit_callbacks
    ):
        confirm(as_bob)
        secret = as_bob.get("/account/app/set-up").context["form"].secret
        with django_capture_on_commit_callbacks(execute=True):
            answered = as_bob.post("/account/app/set-up", {"code": code_of(secret)})
        assert answered["Location"] == "/account/recovery-codes"
        assert len(as_bob.get("/account/recovery-codes").context["unused_codes"]) == 10
        assert LoginMail.objects.get().kind == "second_factor_added"
        assert halfway(bob.user.email)

    def test_a_wrong_code_sets_nothing_up(self, as_bob):
        confirm(as_bob)
        as_bob.get("/account/app/set-up")
        assert "This code does not work." in text(as_bob.post("/account/app/set-up", {"code": "000000"}))
        assert not Authenticator.objects.exists()

    def test_an_app_is_removed_with_its_recovery_codes_and_its_owner_told(self, as_bob, bob):
        give_app(bob.user)
        give_recovery_codes(bob.user)
        assert as_bob.post("/account/app/remove")["Location"].startswith("/account/confirm")
        confirm(as_bob)
        assert as_bob.post("/account/app/remove")["Location"] == "/account"
        assert not Authenticator.objects.exists()
        assert LoginMail.objects.get().kind == "second_factor_removed"

    def test_the_codes_can_be_kept_as_a_file(self, as_bob, bob):
        give_app(bob.user)
        codes = give_recovery_codes(bob.user)
        confirm(as_bob)
        assert set(text(as_bob.get("/account/recovery-codes/file")).split()) >= set(codes)

    def test_nobody_touches_a_passkey_of_another(self, as_bob, alice):
        row = Authenticator.objects.create(user=alice.user, type="webauthn", data={"name": "Hers", "credential": {}})
        confirm(as_bob)
        for what in ("rename", "remove"):
            assert as_bob.post(f"/account/passkeys/{row.pk}/{what}", {"name": "Mine"}).status_code == 404
        assert Authenticator.objects.get().data["name"] == "Hers"

    def test_the_account_costs_as_much_with_many_passkeys(self, as_bob, bob):
        give_app(bob.user)
        few = statements(as_bob, "/account")
        rows = [Authenticator(user=bob.user, type="webauthn", data={"name": str(n)}) for n in range(20)]
        Authenticator.objects.bulk_create(rows)
        assert statements(as_bob, "/account") == few == 3


class TestSecrets:
    def test_no_secret_can_be_read_in_the_database(self, bob):
        secret = give_app(bob.user)
        codes = give_recovery_codes(bob.user)
        kept = str(list(Authenticator.objects.values_list("data", flat=True)))
        assert secret not in kept
        assert not [code for code in codes if code in kept]

    def test_they_outlive_a_new_secret_key_while_the_former_is_listed(self, settings):
        written = encrypt("a secret")
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = "k" * 50
        assert decrypt(written) == "a secret"
        settings.SECRET_KEY_FALLBACKS = []
        with pytest.raises(SecretUnreadable):
            decrypt(written)

    def test_written_anew_they_need_the_former_key_no_more(self, bob, settings, capsys):
        secret = give_app(bob.user)
        codes = give_recovery_codes(bob.user)
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = "k" * 50
        call_command("reencrypt_second_factors")
        settings.SECRET_KEY_FALLBACKS = []
        assert capsys.readouterr().out == "2\n"
        rows = {row.type: row.wrap() for row in Authenticator.objects.all()}
        assert rows["totp"].validate_code(code_of(secret))
        assert rows["recovery_codes"].get_unused_codes() == codes


class TestReset:
    def test_the_operator_takes_them_away_and_the_owner_is_told(self, bob, capsys):
        give_app(bob.user)
        give_recovery_codes(bob.user)
        call_command("reset_second_factor", "BOB@acme.example")
        assert capsys.readouterr().out == "2\n"
        assert LoginMail.objects.get().kind == "second_factor_reset"
        assert is_signed_in(sign_in(bob.user.email)[0])

    def test_where_there_is_none_nobody_is_told(self, bob, capsys):
        call_command("reset_second_factor", bob.user.email)
        assert capsys.readouterr().out == "0\n"
        assert not LoginMail.objects.exists()

    def test_an_unknown_email_is_refused(self, db):
        with pytest.raises(CommandError, match=r"EMAIL: nobody@acme\.example has no login here"):
            call_command("reset_second_factor", "nobody@acme.example")

    def test_it_is_an_action_of_the_operator_alone(self, as_olivia, as_alice, bob):
        give_app(bob.user)
        form = {"action": "reset_second_factors", "_selected_action": [bob.user_id]}
        assert as_alice.post("/admin/accounts/user/", form).status_code == 403
        assert Authenticator.objects.exists()
        page = as_olivia.post("/admin/accounts/user/", form, follow=True)
        assert "1 of 1 had a second factor" in text(page)
        assert not Authenticator.objects.exists()


class TestDuty:
    @pytest.fixture(autouse=True)
    def _required(self, settings):
        settings.REQUIRE_SECOND_FACTOR = True

    @pytest.mark.parametrize("path", ["/me", "/admin/", "/admin/accounts/membership/"])
    def test_whoever_has_none_is_led_to_where_it_is_set_up(self, bob, path):
        browser = enter(bob.user)
        answered = browser.get(path)
        assert (answered.status_code, answered["Location"]) == (302, "/account")
        assert "Set one up to go on" in text(browser.get("/account"))

    @pytest.mark.parametrize("path", ["/me", "/admin/"])
    def test_whoever_has_one_goes_on(self, bob, path):
        give_app(bob.user)
        browser = enter(bob.user)
        assert browser.get(path).status_code == 200
        assert "Set one up to go on" not in text(browser.get("/account"))

    def test_recovery_codes_alone_are_none(self, bob):
        give_recovery_codes(bob.user)
        assert enter(bob.user).get("/me").status_code == 302

    def test_the_way_to_set_one_up_is_open(self, bob):
        browser = enter(bob.user)
        assert browser.get("/account/app/set-up")["Location"].startswith("/account/confirm")
        assert browser.get("/account/confirm").status_code == 200
        assert browser.post("/sign-out")["Location"] == "/sign-in"

    def test_programs_and_links_of_other_kinds_are_left_alone(self, bob, api):
        browser = enter(bob.user)
        assert browser.get("/v1/openapi.json").status_code == 200
        assert api.get("/v1/incidents").status_code == 200
        assert browser.get("/join/nothing").status_code == 404
        assert browser.get("/calendar/nothing.ics").status_code == 404

    def test_whoever_is_not_signed_in_signs_in(self, db):
        assert Client().get("/me")["Location"] == "/sign-in?next=/me"
