"""Where people sign in and out."""

from __future__ import annotations

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from scaling.pages import private

urlpatterns = [
    path(
        "sign-in",
        private(
            LoginView.as_view(template_name="accounts/sign_in.html", next_page="me", redirect_authenticated_user=True)
        ),
        name="sign_in",
    ),
    path("sign-out", private(LogoutView.as_view(next_page="sign_in")), name="sign_out"),
]
