"""Where people sign in and out, and look after their account. The names of the URLs are allauth's, but for ours.

Signing up and allauth's own table of emails have no URL on purpose. What is not here does not exist.
"""

from __future__ import annotations

from collections.abc import Callable

from allauth.account import views
from allauth.mfa.base import views as second_factor
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as app
from allauth.mfa.webauthn import views as passkeys
from django.contrib.auth.views import LogoutView
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.views.generic import RedirectView

from accounts.sign_in.account import account
from scaling.pages import private_with_scripts, without_second_factor


def _page(route: str, view: Callable[..., HttpResponseBase], name: str) -> URLPattern:
    return path(route, without_second_factor(private_with_scripts(view)), name=name)


urlpatterns = [
    _page("sign-in", views.login, "account_login"),
    _page("sign-in/second-factor", second_factor.authenticate, "mfa_authenticate"),
    _page("sign-in/passkey", passkeys.login_webauthn, "mfa_login_webauthn"),
    _page("sign-out", LogoutView.as_view(next_page="account_login"), "account_logout"),
    _page("password/forgotten", views.password_reset, "account_reset_password"),
    _page("password/forgotten/sent", views.password_reset_done, "account_reset_password_done"),
    _page("password/new/<str:uidb36>/<str:key>", views.password_reset_from_key, "account_reset_password_from_key"),
    _page("password/set", views.password_reset_from_key_done, "account_reset_password_from_key_done"),
    _page("account", account, "account"),
    # To these three names allauth's pages lead back.
    _page("account", account, "mfa_index"),
    _page("account", account, "mfa_list_webauthn"),
    _page("account/no-password", RedirectView.as_view(pattern_name="account_reset_password"), "account_set_password"),
    _page("account/password", views.password_change, "account_change_password"),
    _page("account/confirm", views.reauthenticate, "account_reauthenticate"),
    _page("account/confirm/code", second_factor.reauthenticate, "mfa_reauthenticate"),
    _page("account/confirm/passkey", passkeys.reauthenticate_webauthn, "mfa_reauthenticate_webauthn"),
    _page("account/app/set-up", app.activate_totp, "mfa_activate_totp"),
    _page("account/app/remove", app.deactivate_totp, "mfa_deactivate_totp"),
    _page("account/passkeys/add", passkeys.add_webauthn, "mfa_add_webauthn"),
    _page("account/passkeys/<int:pk>/rename", passkeys.edit_webauthn, "mfa_edit_webauthn"),
    _page("account/passkeys/<int:pk>/remove", passkeys.remove_webauthn, "mfa_remove_webauthn"),
    _page("account/recovery-codes", recovery_codes.view_recovery_codes, "mfa_view_recovery_codes"),
    _page("account/recovery-codes/renew", recovery_codes.generate_recovery_codes, "mfa_generate_recovery_codes"),
    _page("account/recovery-codes/file", recovery_codes.download_recovery_codes, "mfa_download_recovery_codes"),
]
