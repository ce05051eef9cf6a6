"""Where people sign in and out."""

from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import path

from accounts.sign_in.views import SignInView
from scaling.pages import private

urlpatterns = [
    path("sign-in", private(SignInView.as_view()), name="sign_in"),
    path("sign-out", private(LogoutView.as_view(next_page="sign_in")), name="sign_out"),
]
