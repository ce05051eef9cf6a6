"""The files of an import as a form takes them, and what is wrong with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any, Final, TypeVar

from django import forms
from django.core.files.uploadedfile import UploadedFile
from unfold.widgets import UnfoldAdminSelectWidget

from escalation.models.planned_import import TITLE_LENGTH
from escalation.transfer.importing.arrivals import FORMS, incoming
from escalation.transfer.importing.planning import Options
from escalation.transfer.importing.service import Job
from escalation.transfer.importing.user_map import read_user_map
from escalation.transfer.reading.nodes import Place
from escalation.transfer.reading.problems import Problem, Unreadable
from escalation.transfer.reading.sources import MAX_BYTES, Source
from scaling.text import single_line

TOO_LARGE: Final = f"is too large: at most {MAX_BYTES // 1_000_000} MB are read together here."

_NAMES: Final = {
    "auto": "As the files tell",
    "yaml": "YAML",
    "json": "JSON",
    "csv": "CSV",
    "pagerduty": "PagerDuty, fetched",
    "opsgenie": "Opsgenie, fetched",
    "grafana-oncall": "Grafana OnCall, fetched",
    "goalert": "GoAlert, fetched",
}
_MOST_NAMED: Final = 3

Read = TypeVar("Read")


class _Files(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files, at least one unless it is optional. What is in them is for others to judge."""

    widget = _Files

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_empty_file=True, max_length=None, **kwargs)

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Return the files."""
        files = [super(FilesField, self).clean(each, initial) for each in data or [None]]
        return [each for each in files if each is not None]


class UploadForm(forms.Form):
    """What to import, and what an import may do beside creating and changing what the files name."""

    uploaded = FilesField(
        label="Files",
        error_messages={"required": "Choose at least one file."},
        help_text="YAML, JSON or CSV, as an export has them, or all files of a fetched bundle. Nothing packed.",
    )
    form = forms.ChoiceField(
        label="Format",
        choices=[(form, _NAMES.get(form, form)) for form in FORMS],
        initial="auto",
        widget=UnfoldAdminSelectWidget,
    )
    user_map = forms.FileField(
        label="Who is who",
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput,
        help_text="Where people have other addresses here: CSV with the columns source,email.",
    )
    create_users = forms.BooleanField(
        label="Make people members who are none",
        required=False,
        help_text="Each gets an invitation by mail when the plan is applied.",
    )
    prune = forms.BooleanField(
        label="Remove what is in no file",
        required=False,
        help_text=(
            "Policies, schedules, working hours and overrides to come; never people, and nothing that a running "
            "incident uses."
        ),
    )

    @cached_property
    def sources(self) -> Sequence[Source]:
        """The files, by the names that people know them by."""
        return [_source(each) for each in self.cleaned_data["uploaded"]]


def job_asked_for(form: UploadForm, organization_id: str) -> Job:
    """Return the import that a valid form asks for.

    Raises:
        Unreadable: something is wrong with its files; all of it is told.
    """
    sources, named = form.sources, form.cleaned_data["user_map"]
    problems: list[Problem] = list(_wrong_together(sources))
    read = None if problems else _read(lambda: incoming(sources, form.cleaned_data["form"]), problems)
    user_map = {} if named is None else _read(lambda: read_user_map(_source(named)), problems)
    if read is None or user_map is None:
        raise Unreadable(problems)
    chosen = Options(
        create_users=form.cleaned_data["create_users"], prune=form.cleaned_data["prune"], user_map=user_map
    )
    return Job(organization_id=organization_id, source=read.source, arrive=read.arrive, options=chosen)


def title_of(sources: Sequence[Source]) -> str:
    """Return what lists call an import of these files: the first of them, and how many more."""
    names = [single_line(each.name) for each in sources[:_MOST_NAMED]]
    more = len(sources) - len(names)
    title = ", ".join(names) + (f" and {more} more" if more else "")
    return title if len(title) <= TITLE_LENGTH else f"{title[: TITLE_LENGTH - 1]}…"


def _read(read: Callable[[], Read], problems: list[Problem]) -> Read | None:
    try:
        return read()
    except Unreadable as error:
        problems += error.problems
        return None


def _wrong_together(sources: Sequence[Source]) -> Iterator[Problem]:
    """Tell what no reader can: files that were cut off, and two of one name, which directories would tell apart."""
    if sum(len(each.content) for each in sources) > MAX_BYTES:
        yield Problem(Place(sources[-1].name), TOO_LARGE)
    names = Counter(each.name for each in sources)
    yield from (
        Problem(Place(name), "is there twice: import one of them.") for name, times in names.items() if times > 1
    )


def _source(file: UploadedFile[bytes]) -> Source:
    return Source(file.name or "", file.read())
