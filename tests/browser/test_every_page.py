"""Every page of the admin, now and to come, in light and dark, wide and narrow: what axe finds, and a picture of each.

The pages come from the registry; whatever a browser complains of meanwhile fails the test as well. The pictures lie in
``build/pictures/pages``, to be looked at.
"""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib import admin
from django.urls import reverse

from escalation.models import PlannedImport
from tests.browser import night

GRAVE = {"serious", "critical"}
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
SIZES = {"light": {"narrow": NARROW, "wide": WIDE}, "dark": {"wide": WIDE}}


def pages():
    """Yield a name and the path of each page there is something to see on."""
    yield "overview", reverse("admin:index")
    yield "organization", reverse("admin:switch_organization")
    for model in admin.site._registry:
        yield _name(model), _url(model, "changelist")
        yield f"{_name(model)}-new", _url(model, "add")
        row = model._default_manager.first()
        if row is not None:
            yield f"{_name(model)}-one", _url(model, "change", row.pk)
            yield f"{_name(model)}-history", _url(model, "history", row.pk)
    yield "plannedimport-export", _url(PlannedImport, "export")
    yield "plannedimport-apply", _url(PlannedImport, "apply", PlannedImport.objects.filter(applied_at=None).first().pk)
    yield (
        "plannedimport-report",
        _url(PlannedImport, "change", PlannedImport.objects.exclude(applied_at=None).first().pk),
    )


def _name(model):
    return model._meta.model_name


def _url(model, name, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


def grave_faults(page):
    """Return what axe finds on the page that shuts somebody out, each with the first place it is found at."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found if one["impact"] in GRAVE]


@pytest.mark.parametrize("scheme", SIZES)
def test_nobody_is_shut_out_of_any_page(new_context, sign_in, picture, transactional_db, tmp_path, scheme):
    page = new_context(color_scheme=scheme, viewport=WIDE).new_page()
    sign_in(page, night.furnish(tmp_path))
    found = {}
    for name, path in pages():
        if page.goto(path).status != 200:
            continue
        found[name] = grave_faults(page)
        for width, viewport in SIZES[scheme].items():
            page.set_viewport_size(viewport)
            picture(page, f"pages/{name}-{scheme}-{width}")

    assert len(found) > 10
    assert {name: faults for name, faults in found.items() if faults} == {}
