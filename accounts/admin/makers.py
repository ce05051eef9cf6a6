"""Who made a row, by the name that the organization knows them by."""

from __future__ import annotations

from django.db.models import CharField, OuterRef, Subquery, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Concat, NullIf, Trim

from accounts.models import Membership


def name_of_maker(field: str) -> Combinable:
    """Return the name of the member whose login a tenant row has in ``field``, else their email, else the id itself."""
    makers = Membership.objects.filter(organization=OuterRef("organization"), user_id=OuterRef(field))
    name = NullIf(Trim(Concat("first_name", Value(" "), "last_name")), Value(""))
    found = makers.values(known=Coalesce(name, "user__email", output_field=CharField()))
    return Coalesce(Subquery(found[:1]), field)
