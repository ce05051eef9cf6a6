"""What a reader finds out: which parts the document has, how another product calls them, and how they differ.

A part is entered in the ledger by the id that the product has for it, and is given its key here; whoever refers to it
asks for the key by that id. Of two parts of a kind that bear one name, the second is blocked. Its findings, and those on
a person without an address, are told under a key that no part of a document has, ``pagerduty:PSCH001``; and what refers
to something that the bundle does not hold refers to such a key too, so that settling tells it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final, NoReturn, TypeVar

from escalation.services.validation import DESCRIPTION_LENGTH
from escalation.transfer.arrival import ALL_OF_A_USER, Arrival, ExternalRef, Timeline
from escalation.transfer.document import Document
from escalation.transfer.findings import Code, Finding, Section, Severity, Subject
from escalation.transfer.foreign.bundle import Bundle
from escalation.transfer.foreign.items import Item
from escalation.transfer.foreign.naming import fitting_name, seen_name
from escalation.transfer.keys import key_of_email, key_of_name
from escalation.transfer.reading import values
from escalation.transfer.reading.problems import Refused
from scaling.errors import InvalidInput

T = TypeVar("T")
R = TypeVar("R")


class Blocked(Exception):
    """What is read here is not imported; why, has been told already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Somebody or something that is being read: ``name`` is what people call it, ``path`` where it stands.

    Without ``subject`` it is all that was read.
    """

    subject: Subject | None
    name: str
    path: str
    findings: list[Finding] = field(default_factory=list, repr=False)

    @property
    def key(self) -> str:
        """Its key in the document; nothing for all that was read."""
        return "" if self.subject is None else self.subject.key

    def note(self, code: Code, message: str, *, path: str | None = None, was: Any = None, now: Any = None) -> None:
        """Tell what is worth knowing; ``path`` is where it stands, if not where the part does."""
        self._tell(Severity.NOTE, code, message, path, was, now)

    def lossy(self, code: Code, message: str, *, path: str | None = None, was: Any = None, now: Any = None) -> None:
        """Tell what will behave differently."""
        self._tell(Severity.LOSSY, code, message, path, was, now)

    def block(self, code: Code, message: str, *, path: str | None = None, was: Any = None, now: Any = None) -> NoReturn:
        """Tell why the part is not imported, and stop reading it, or what of it is being read.

        Raises:
            Blocked: always.
        """
        self._tell(Severity.BLOCKED, code, message, path, was, now)
        raise Blocked

    def description(self, text: str, path: str) -> str | None:
        """Return a description of the part, None for an empty one; where it is too long, its end is cut off."""
        if len(text) > DESCRIPTION_LENGTH:
            message = f"has a description of {len(text)} characters; here it has {DESCRIPTION_LENGTH} at most."
            self.lossy(Code.NAME_TRUNCATED, message, path=path, was=len(text), now=DESCRIPTION_LENGTH)
        return text[:DESCRIPTION_LENGTH] or None

    def check(self) -> None:
        """Do nothing, if nothing has blocked the part so far.

        Raises:
            Blocked: something has.
        """
        if any(finding.severity is Severity.BLOCKED for finding in self.findings):
            raise Blocked

    def _tell(self, severity: Severity, code: Code, message: str, path: str | None, was: Any, now: Any) -> None:
        self.findings.append(
            Finding(
                severity=severity,
                code=code,
                subject=self.subject,
                name=self.name,
                path=self.path if path is None else path,
                message=message,
                was=was,
                now=now,
            )
        )


class Ledger:
    """The parts of one bundle."""

    def __init__(self, bundle: Bundle) -> None:
        self._source = bundle.source
        self._account = bundle.account
        self._keys: dict[tuple[Section, str], str] = {}
        self._parts: dict[Subject | None, Part] = {None: Part(subject=None, name=bundle.account, path="")}
        self._refs: dict[Subject, ExternalRef] = {}
        if bundle.short:
            message = "has lists of which the product gave only a part; what is missing is not imported."
            self.whole.lossy(Code.TARGET_UNRESOLVED, message, was=list(bundle.short))

    @property
    def whole(self) -> Part:
        """All that was read, for findings that are about no single part."""
        return self._parts[None]

    def user(self, kind: str, item: Item, *, email: str, name: str, identifier: str | None = None) -> Part:
        """Enter a person, whom the product calls a ``kind``, by ``identifier`` or else by their id.

        Raises:
            Blocked: they have no address, or that of another person; or they were entered before.
        """
        identifier = identifier or item.read("id", values.text)
        address = _address_in(email)
        key = self._foreign_key(identifier) if address is None else key_of_email(address)
        other = self._parts.get(Subject("users", key))
        if address is not None and other is None:
            return self._enter("users", kind, item, identifier, key, address)
        part = self._enter("users", kind, item, identifier, self._foreign_key(identifier), name or identifier)
        return part.block(*_refusal(other), was=email or None)

    def part(self, section: Section, kind: str, item: Item, *, name: str) -> Part:
        """Enter a schedule or a policy, which the product calls a ``kind``; its name is what the part says.

        Raises:
            Blocked: another one of the section has that name; or it was entered before.
        """
        identifier = item.read("id", values.text)
        seen = seen_name(name) or identifier
        called = fitting_name(seen)
        key = key_of_name(called)
        other = self._parts.get(Subject(section, key))
        part = self._enter(
            section, kind, item, identifier, key if other is None else self._foreign_key(identifier), called
        )
        if other is not None:
            free = fitting_name(seen, f" ({identifier})")
            message = f"has the name of {other.path} too. Rename it there, to {free!r} for example."
            part.block(Code.NAME_COLLISION, message, was=called, now=free)
        if not seen_name(name):
            message = "has no name that one could see; it is called by its id."
            part.lossy(Code.NAME_TRUNCATED, message, was=name, now=called)
        if called != seen:
            part.lossy(
                Code.NAME_TRUNCATED, "has a name that is too long here; its end is cut off.", was=seen, now=called
            )
        return part

    def key(self, section: Section, identifier: str) -> str:
        """Return the key of what the product calls ``identifier``, also where no part has it."""
        return self._keys.get((section, identifier)) or self._foreign_key(identifier)

    def is_free(self, section: Section, name: str) -> bool:
        """Tell whether no part of a section has that name so far."""
        return Subject(section, key_of_name(name)) not in self._parts

    def found(self, section: Section, identifier: str) -> Part | None:
        """Return the part that the product calls ``identifier``, if it was entered."""
        key = self._keys.get((section, identifier))
        return None if key is None else self._parts[Subject(section, key)]

    def arrival(
        self, document: Document, timelines: Mapping[str, Timeline], *, has_descriptions: bool = True
    ) -> Arrival:
        """Return the document with all that was found; a product may know no descriptions.

        No other product says anything of a policy's conditions, or pages again after an acknowledgement: what is here
        already keeps what it has there. Members are matched, and never changed: they may have left elsewhere, or bear
        another name.
        """
        silent = frozenset() if has_descriptions else frozenset({"description"})
        there = {subject: part for subject, part in self._parts.items() if subject is not None}
        return Arrival(
            document=document,
            findings=tuple(chain.from_iterable(part.findings for part in self._parts.values())),
            refs=self._refs,
            paths={subject: part.path for subject, part in there.items()},
            unsaid={
                **{Subject("policies", policy.key): _UNSAID_OF_POLICIES | silent for policy in document.policies},
                **{Subject("schedules", schedule.key): silent for schedule in document.schedules if silent},
                **{Subject("users", user.key): ALL_OF_A_USER for user in document.users},
            },
            timelines=timelines,
        )

    def _enter(self, section: Section, kind: str, item: Item, identifier: str, key: str, name: str) -> Part:
        if (section, identifier) in self._keys:
            # Lists change while they are fetched page by page: what two pages hold is one thing.
            raise Blocked
        subject = Subject(section, key)
        self._keys[section, identifier] = key
        self._refs[subject] = ExternalRef(self._source, self._account, kind, identifier)
        self._parts[subject] = Part(subject=subject, name=name, path=item.path)
        return self._parts[subject]

    def _foreign_key(self, identifier: str) -> str:
        return f"{self._source}:{identifier}"


def usable(items: Iterable[T], read: Callable[[T], R]) -> Iterator[R]:
    """Yield what ``read`` makes of items, and leave out what is blocked, or says nothing that can be used."""
    for item in items:
        try:
            yield read(item)
        except (Blocked, Refused):
            continue


_UNSAID_OF_POLICIES: Final = frozenset({"condition", "repage_after_ack_minutes"})


def _address_in(email: str) -> str | None:
    try:
        return values.email(email)
    except InvalidInput:
        return None


def _refusal(other: Part | None) -> tuple[Code, str]:
    if other is None:
        return Code.USER_UNMATCHED, "has no email address, by which people are found here. Give them one there."
    return Code.NAME_COLLISION, f"has the email address of {other.path} too. Give them one of their own there."
