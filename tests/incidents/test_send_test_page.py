from __future__ import annotations

from io import StringIO

import pytest
from django.core import mail
from django.core.management import CommandError, call_command

from incidents.channels import Failure, Message, SendFailed
from tests.factories.accounts import MembershipFactory, OrganizationFactory

pytestmark = pytest.mark.django_db


class RefusesAcme:
    def send(self, message: Message) -> None:
        if "Acme" in message.subject:
            raise SendFailed(Failure.RECIPIENT, "550 no such user")


def send_test_page(user_id):
    out = StringIO()
    try:
        call_command("send_test_page", user=user_id, stdout=out)
    except CommandError as error:
        return out.getvalue(), str(error)
    return out.getvalue(), None


@pytest.fixture
def ada():
    """A person of two organizations, who has left a third."""
    member = MembershipFactory(organization=OrganizationFactory(name="Acme"), user__email="ada@example.org")
    MembershipFactory(organization=OrganizationFactory(name="Bolt"), user=member.user)
    MembershipFactory(organization=OrganizationFactory(name="Left"), user=member.user, ended=True)
    return member.user


def test_each_organization_of_the_person_sends_one_page(ada, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    printed, error = send_test_page(ada.pk)
    assert (printed, error) == ("Acme: ada@example.org ok\nBolt: ada@example.org ok\n", None)
    assert [(sent.to, sent.subject) for sent in mail.outbox] == [
        (["ada@example.org"], "Test page from Acme: nothing is wrong"),
        (["ada@example.org"], "Test page from Bolt: nothing is wrong"),
    ]


def test_a_page_that_is_not_taken_fails_the_command_and_the_others_go_out(ada, settings):
    settings.SENDERS = {"email": f"{__name__}.RefusesAcme"}
    assert send_test_page(ada.pk) == (
        "Acme: ada@example.org failed, recipient: 550 no such user\nBolt: ada@example.org ok\n",
        "1 of 2 test pages were not sent",
    )


def test_somebody_nobody_knows_is_an_error():
    assert send_test_page("user_nobody") == ("", "--user: no organization has a member user_nobody")


def test_somebody_who_has_left_is_an_error():
    gone = MembershipFactory(ended=True)
    assert send_test_page(gone.user_id)[1] == f"--user: no organization has a member {gone.user_id}"
