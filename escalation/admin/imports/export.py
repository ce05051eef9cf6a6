"""An organization's whole plan as a file to download."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from django.http import HttpResponse
from django.utils.text import slugify

from escalation.transfer.document import Document
from escalation.transfer.sheets import as_sheets
from escalation.transfer.writing import as_json, as_yaml


class _Format(NamedTuple):
    suffix: str
    content_type: str
    write: Callable[[Document], str | bytes]


def _packed_sheets(document: Document) -> bytes:
    """Return the four files in a zip, the same bytes for the same plan."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in as_sheets(document).items():
            archive.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


FORMATS: Final[Mapping[str, _Format]] = {
    "yaml": _Format("yaml", "application/yaml", as_yaml),
    "json": _Format("json", "application/json", as_json),
    "csv": _Format("zip", "application/zip", _packed_sheets),
}


def export_file(document: Document, form: str) -> HttpResponse:
    """Return the file of a document in one of ``FORMATS``, named like the organization."""
    suffix, content_type, write = FORMATS[form]
    name = f"{slugify(document.organization or '') or 'plan'}.{suffix}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(write(document), content_type=content_type, headers=headers)
