"""The picture of a schedule's fortnight: where each bar stands and what it says.

Places are in percent of the fortnight's length, so a day on which the clocks change is as long as it is. Everything a
color tells a word or a pattern tells as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.http import HttpRequest, QueryDict

from escalation.domain.local_time import ClockChange, zone_named
from escalation.domain.model import Shift, UserId
from escalation.fortnight import DAYS, FIRST_DAY, LAST_DAY, Fortnight, Line, Stretch, week_of
from escalation.oncall import People, is_reachable, name_of

_TINTS = 8
_NARROW = 5
"""Below this many percent a bar has no room for names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One stretch of a line. ``left`` and ``width`` are in percent, ``tint`` a number for the person's color.

    ``written`` is what there is room for of ``names``; a narrow bar has initials.
    """

    left: str
    width: str
    names: str
    written: str
    span: str
    kind: str
    tint: int
    override: UUID | None
    is_narrow: bool
    begun: bool
    goes_on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of the picture: its name, the rotation one may override in it, and its bars."""

    name: str
    rotation: UUID | None
    bars: Sequence[Bar]
    is_cut: bool
    is_final: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day of the axis: where it begins, and what the clocks of the viewer show then."""

    left: str
    width: str
    at: datetime
    name: str
    there: str
    is_weekend: bool
    is_today: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A moment within the picture: its day and what there is to say of it."""

    left: str
    day: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """All that the page draws; ``earlier``, ``later`` and ``present`` are queries of the page's address."""

    title: str
    zone: str
    viewer_zone: str
    is_viewer_chosen: bool
    starts_at: datetime
    ends_at: datetime
    days: Sequence[Day]
    changes: Sequence[Mark]
    now: Mark | None
    rows: Sequence[Row]
    earlier: str
    later: str
    present: str


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What is asked for: the first day, None for this week, and the zone of whoever looks, None if not told."""

    first: date | None
    viewer: str | None

    def query(self, first: date | None) -> str:
        """Return the query of the same page from another day."""
        asked = QueryDict(mutable=True)
        if first is not None:
            asked["from"] = first.isoformat()
        if self.viewer is not None:
            asked["tz"] = self.viewer
        return f"?{asked.urlencode()}"


def view_of(request: HttpRequest) -> View:
    """Return what the address asks for; what makes no sense is as if it were not there."""
    viewer = request.GET.get("tz", "")
    return View(first=_day(request.GET.get("from", "")), viewer=viewer if viewer and zone_named(viewer) else None)


def picture_of(fortnight: Fortnight, view: View, now: datetime, names: Mapping[UUID, str], people: People) -> Picture:
    """Return the picture; ``names`` are those of the rotations, ``people`` those of all shifts. No statements."""
    draw = _Pen(fortnight, view, now, people)
    rotations = [
        draw.row(line, "Overrides" if line.rotation is None else names[line.rotation]) for line in fortnight.rotations
    ]
    step = timedelta(days=DAYS)
    return Picture(
        title=f"{_dated(fortnight.days[0], fortnight)} to {_dated(fortnight.days[-1], fortnight)}",
        zone=fortnight.zone.key,
        viewer_zone=draw.viewer.key,
        is_viewer_chosen=view.viewer is not None,
        starts_at=fortnight.starts_at,
        ends_at=fortnight.ends_at,
        days=list(draw.days()),
        changes=[draw.change(change) for change in fortnight.changes],
        now=draw.now(),
        rows=[*rotations, draw.row(fortnight.paged, "Who is paged", is_final=True)],
        earlier=view.query(max(fortnight.first - step, FIRST_DAY)),
        later=view.query(min(fortnight.first + step, LAST_DAY)),
        present=view.query(None),
    )


def first_day(view: View, now: datetime, timezone: str) -> date:
    """Return the day on which the fortnight begins."""
    return week_of(now, timezone) if view.first is None else view.first


class _Pen:
    """Knows where things go, and who has which color: the first people met get the first ones."""

    def __init__(self, fortnight: Fortnight, view: View, now: datetime, people: People) -> None:
        self._fortnight = fortnight
        self._now = now
        self._people = people
        self.viewer = zone_named(view.viewer or "UTC") or fortnight.zone
        users = dict.fromkeys(shift.user for shift in fortnight.shifts)
        self._tints = {user: place % _TINTS for place, user in enumerate(users)}

    def row(self, line: Line, name: str, *, is_final: bool = False) -> Row:
        bars = [self._bar(stretch) for stretch in line.stretches]
        return Row(name=name, rotation=line.rotation, bars=bars, is_cut=line.is_cut, is_final=is_final)

    def days(self) -> Iterator[Day]:
        ends = [*self._fortnight.days[1:], self._fortnight.ends_at]
        today = self._now.astimezone(self._fortnight.zone).date()
        for at, end in zip(self._fortnight.days, ends, strict=True):
            local = at.astimezone(self._fortnight.zone)
            yield Day(
                left=self._left(at),
                width=self._width(at, end),
                at=at,
                name=f"1 {local:%b}" if local.day == 1 else f"{local:%a} {local.day}",
                there=f"{at.astimezone(self.viewer):%a %H:%M}",
                is_weekend=local.isoweekday() > 5,
                is_today=local.date() == today,
            )

    def change(self, change: ClockChange) -> Mark:
        return self._mark(change.at, _clock_words(change, self._fortnight))

    def now(self) -> Mark | None:
        if not self._fortnight.starts_at <= self._now < self._fortnight.ends_at:
            return None
        return self._mark(self._now, f"Now, {self._now.astimezone(self._fortnight.zone):%a %H:%M}")

    def _mark(self, at: datetime, words: str) -> Mark:
        local = at.astimezone(self._fortnight.zone)
        return Mark(left=self._left(at), day=f"{local:%A}, {local.day} {local:%B}", words=words)

    def _bar(self, stretch: Stretch) -> Bar:
        shifts = stretch.shifts
        override = next((shift.override for shift in shifts if shift.override is not None), None)
        return Bar(
            left=self._left(stretch.starts_at),
            width=self._width(stretch.starts_at, stretch.ends_at),
            names=", ".join(map(self._name, shifts)) or "nobody",
            written=self._written(stretch),
            span=self._span(stretch),
            kind="gap" if not shifts else "turn" if override is None else "override",
            tint=self._tints[shifts[0].user] if shifts else 0,
            override=override,
            is_narrow=self._is_narrow(stretch),
            begun=stretch.begun,
            goes_on=stretch.goes_on,
        )

    def _name(self, shift: Shift) -> str:
        user: UserId = shift.user
        name = name_of(user, self._people)
        return name if is_reachable(user, self._people) else f"{name} (cannot be paged)"

    def _written(self, stretch: Stretch) -> str:
        names = [self._name(shift) for shift in stretch.shifts]
        if not self._is_narrow(stretch):
            return ", ".join(names) or "nobody"
        more = f"+{len(names) - 1}" if len(names) > 1 else ""
        return _initials(names[0]) + more if names else ""

    def _is_narrow(self, stretch: Stretch) -> bool:
        return self._share(stretch.starts_at, stretch.ends_at) < _NARROW

    def _span(self, stretch: Stretch) -> str:
        begins = "before" if stretch.begun else _told(stretch.starts_at, self._fortnight)
        ends = "after" if stretch.goes_on else _told(stretch.ends_at, self._fortnight)
        return f"{begins} to {ends}"

    def _left(self, at: datetime) -> str:
        return self._width(self._fortnight.starts_at, at)

    def _width(self, start: datetime, end: datetime) -> str:
        return f"{self._share(start, end):.4f}"

    def _share(self, start: datetime, end: datetime) -> float:
        return 100 * ((end - start) / (self._fortnight.ends_at - self._fortnight.starts_at))


def _clock_words(change: ClockChange, fortnight: Fortnight) -> str:
    after = change.at.astimezone(fortnight.zone).replace(tzinfo=None)
    way = "forward" if change.by > timedelta(0) else "back"
    return f"Clocks go {way} from {after - change.by:%H:%M} to {after:%H:%M}"


def _initials(name: str) -> str:
    first, *others = name.split() or [""]
    return "".join(word[0] for word in (first, *others[-1:]) if word).upper()


def _told(at: datetime, fortnight: Fortnight) -> str:
    local = at.astimezone(fortnight.zone)
    return f"{local:%a} {local.day} {local:%b %H:%M}"


def _dated(at: datetime, fortnight: Fortnight) -> str:
    local = at.astimezone(fortnight.zone)
    return f"{local.day} {local:%B %Y}"


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST_DAY <= day <= LAST_DAY else None
