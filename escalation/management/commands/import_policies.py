"""``manage.py import_policies``: a whole organization's plan out of files, all of it or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from django.core.management.base import CommandError, CommandParser

from escalation.transfer.files import write_whole
from escalation.transfer.importing.arrivals import FORMS, incoming
from escalation.transfer.importing.people import UserMap
from escalation.transfer.importing.planning import Options
from escalation.transfer.importing.report import report_text
from escalation.transfer.importing.saved import job_of, plan_from, plan_text
from escalation.transfer.importing.service import GAPS, LOSS, Answer, Job, preview_import, run_import
from escalation.transfer.importing.telling import answer_text
from escalation.transfer.importing.user_map import read_user_map
from escalation.transfer.reading.sources import Source
from scaling.clock import now
from scaling.commands import ServiceCommand
from scaling.progress import Steps

_PENDING: Final = 3
_IN_THE_WAY: Final = 4
_ACCEPTED_BY: Final = {LOSS: "--accept-loss", GAPS: "--accept-gaps"}
_ACTOR: Final = "import_policies"


class Command(ServiceCommand):
    """Prints the plan, and applies it unless it is only to be looked at or something stands in the way."""

    help = (
        "Import policies, schedules, working hours and people out of files of our own (YAML, JSON, CSV) or a bundle "
        "fetched from another product: all of it or nothing. Exit status 0: done, or nothing to do; 3: --dry-run, and "
        "changes are pending; 4: findings stand in the way, nothing was written; 1: refused or failed."
    )
    arguments = {"organization": "--organization", "plan": "--plan"}

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "paths", metavar="PATH", nargs="*", help="Files, or directories whose files belong together."
        )
        parser.add_argument("--organization", metavar="ORG", required=True, help="The id of an organization.")
        parser.add_argument(
            "--from", dest="form", choices=FORMS, default="auto", help="What the files are. Default: auto, they tell."
        )
        parser.add_argument("--dry-run", action="store_true", help="Print the plan; change nothing.")
        parser.add_argument("--save-plan", metavar="FILE", help="Write the plan to be applied later; change nothing.")
        parser.add_argument("--plan", metavar="FILE", help="Apply a saved plan, if the organization is as it was then.")
        parser.add_argument(
            "--user-map", metavar="FILE", help="Who people are here: CSV with the columns source,email."
        )
        parser.add_argument(
            "--create-users", action="store_true", help="Make people members who are none, and invite them."
        )
        parser.add_argument(
            "--prune", action="store_true", help="Remove what is in no file, unless an incident uses it."
        )
        parser.add_argument("--accept-loss", action="store_true", help="Leave out what is blocked, and accept losses.")
        parser.add_argument("--accept-gaps", action="store_true", help="Accept that times are covered no longer.")
        parser.add_argument("--report", metavar="FILE", help="Write what happened to every object, as JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import; then fail, with a status that says why, if nothing was applied that should have been."""
        self.status, self.reason = 0, ""
        super().handle(*args, **options)
        if self.status:
            raise CommandError(self.reason, returncode=self.status)

    def run(self, options: Mapping[str, Any]) -> str:
        """Return the plan, and what became of it."""
        is_only_looked_at = options["dry_run"] or options["save_plan"] is not None
        with self.progress(options) as steps:
            job = _job(options, steps)
            step = steps.begin("planning" if is_only_looked_at else "planning and applying", 1)
            answer = preview_import(job, now()) if is_only_looked_at else run_import(job, actor_id=_ACTOR, now=now())
            step.advance()
        if options["save_plan"] is not None:
            _write("--save-plan", options["save_plan"], plan_text(job, answer))
        if options["report"] is not None:
            _write("--report", options["report"], report_text(answer, source=job.source))
        self._judge(answer, is_only_looked_at)
        return answer_text(answer)

    def _judge(self, answer: Answer, is_only_looked_at: bool) -> None:
        if answer.obstacles:
            told = (f"{obstacle} ({_ACCEPTED_BY[obstacle]})" for obstacle in answer.obstacles)
            self.status, self.reason = _IN_THE_WAY, f"Nothing was imported. {' '.join(told)}"
        elif is_only_looked_at and not answer.plan.is_empty:
            self.status, self.reason = _PENDING, "Changes are pending; nothing was changed."


def _job(options: Mapping[str, Any], steps: Steps) -> Job:
    accept = {"accept_loss": options["accept_loss"], "accept_gaps": options["accept_gaps"]}
    if options["plan"] is not None:
        _refuse_beside_plan(options)
        saved = plan_from(_source("--plan", Path(options["plan"])))
        return job_of(saved, options["organization"], **accept)
    sources = _sources(options["paths"], steps)
    arriving = incoming(sources, options["form"])
    chosen = Options(create_users=options["create_users"], prune=options["prune"], user_map=_user_map(options))
    return Job(
        organization_id=options["organization"],
        source=arriving.source,
        arrive=arriving.arrive,
        options=chosen,
        **accept,
    )


def _user_map(options: Mapping[str, Any]) -> UserMap:
    return {} if options["user_map"] is None else read_user_map(_source("--user-map", Path(options["user_map"])))


def _refuse_beside_plan(options: Mapping[str, Any]) -> None:
    for name in ("paths", "user_map", "create_users", "prune", "save_plan"):
        if options[name]:
            raise CommandError(f"--plan: a saved plan has its {name.replace('_', ' ')} in it; leave that out")


def _sources(paths: Sequence[str], steps: Steps) -> Sequence[Source]:
    if not paths:
        raise CommandError("PATH: name at least one file, or give --plan")
    files = [file for path in paths for file in _files(Path(path))]
    step = steps.begin("files", len(files))
    found = []
    for file in files:
        found.append(_source("PATH", file))
        step.advance()
    return found


def _files(path: Path) -> Sequence[Path]:
    return sorted(each for each in path.iterdir() if each.is_file()) if path.is_dir() else [path]


def _source(option: str, path: Path) -> Source:
    try:
        return Source.at(path)
    except OSError as error:
        raise CommandError(f"{option}: {error.strerror}: {path}") from error


def _write(option: str, path: str, text: str) -> None:
    try:
        write_whole(Path(path), text)
    except OSError as error:
        raise CommandError(f"{option}: {error.strerror}: {path}") from error
