"""In which organization somebody signed in acts, and as what (design D11).

A session acts in one organization at a time. A person may act where they are a member who has not left, an operator
of the installation anywhere; inactive organizations are closed to both. Where somebody has several, the session
keeps the choice; until they choose, it is the one they joined first. Nothing is cached beyond the request, so an
ended membership ends on the next one.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import BooleanField, ExpressionWrapper, F, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest

from accounts.models import Membership, Organization, User

_SESSION_KEY = "organization"
_REQUEST_KEY = "_acting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """What somebody signed in may do now; ``organization`` is empty for who belongs nowhere."""

    user_id: str
    organization: Organization | None
    is_admin: bool
    is_operator: bool

    @property
    def organization_id(self) -> str | None:
        """The organization whose rows exist for this request."""
        return None if self.organization is None else self.organization.id

    @property
    def has_business_here(self) -> bool:
        """Whether there is anything at all to show."""
        return self.is_operator or self.organization is not None


NOBODY = Acting(user_id="", organization=None, is_admin=False, is_operator=False)


def acting(request: HttpRequest) -> Acting:
    """Return in which organization the session acts. One query per request, none for who is not signed in."""
    if not hasattr(request, _REQUEST_KEY):
        setattr(request, _REQUEST_KEY, _resolve(request))
    found: Acting = getattr(request, _REQUEST_KEY)
    return found


def organizations_of(user: User) -> QuerySet[Organization]:
    """Return where ``user`` may act, each with ``role`` and ``joined_at``: their own first, in the order of joining."""
    own = Membership.objects.current().filter(user=user, organization=OuterRef("pk"))
    organizations = Organization.objects.filter(is_active=True).annotate(
        role=Subquery(own.values("role")[:1]), joined_at=Subquery(own.values("created_at")[:1])
    )
    if not user.is_superuser:
        organizations = organizations.filter(role__isnull=False)
    return organizations.order_by(F("joined_at").asc(nulls_last=True), "created_at", "id")


def act_in(request: HttpRequest, organization_id: str) -> bool:
    """Let the session act in that organization from the next request on; tell whether the person may."""
    allowed = _is_signed_in(request) and organizations_of(_user(request)).filter(id=organization_id).exists()
    if allowed:
        request.session[_SESSION_KEY] = organization_id
    return allowed


def _resolve(request: HttpRequest) -> Acting:
    if not _is_signed_in(request):
        return NOBODY
    user = _user(request)
    is_chosen = ExpressionWrapper(Q(id=request.session.get(_SESSION_KEY, "")), output_field=BooleanField())
    organizations = organizations_of(user)
    organization = organizations.order_by(is_chosen.desc(), *organizations.query.order_by).first()
    role = getattr(organization, "role", None)
    return Acting(
        user_id=user.id,
        organization=organization,
        is_admin=organization is not None and (user.is_superuser or role == Membership.Role.ADMIN),
        is_operator=user.is_superuser,
    )


def _is_signed_in(request: HttpRequest) -> bool:
    return request.user.is_authenticated and request.user.is_active


def _user(request: HttpRequest) -> User:
    user = request.user
    if not isinstance(user, User):
        raise TypeError("somebody has to be signed in")
    return user
