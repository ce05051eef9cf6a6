"""The ladder drawn: a line down the page with a rung for each call, who is called beside it, and the waits between.

Form alone tells things apart, so the picture reads without color: a disc is a call, a dashed ring a layer passed, slanted lines
fill where nobody is reached, symbols stand for methods and for what puts somebody there, each with its words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.safestring import SafeString

from incidents.domain.model import Cause
from incidents.ladder.canvas import Canvas
from incidents.ladder.entries import Entry, entries_of
from incidents.ladder.paper import BOLDER, lines_of, width_of
from incidents.ladder.told import ToldLadder, ToldPerson, ToldRung

WIDE: Final = 780
NARROW: Final = 340

_MOST_PEOPLE: Final = 6
_MOST_WAYS: Final = 4
_CHIP_GAP: Final = 8
_CHIP_PADDING: Final = 10
_DISC: Final = 14
_BIG, _SMALL = 14 * BOLDER, 12  # what is big is bold
_LINE: Final = 17


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Where things stand on a sheet: the line with the rungs, and what is beside it; ``columns`` of people."""

    name: str
    width: int
    rail: int
    content: int
    columns: int

    @property
    def room(self) -> int:
        """How wide what stands beside the line may be."""
        return self.width - self.content - 1

    @property
    def is_wide(self) -> bool:
        """Whether there is room for the time before the line."""
        return self.rail > 2 * _DISC


_SHEETS: Final = (
    Sheet(name="wide", width=WIDE, rail=144, content=174, columns=2),
    Sheet(name="narrow", width=NARROW, rail=16, content=42, columns=1),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A ladder drawn for one width: ``name`` is that of the width, ``svg`` the markup."""

    name: str
    svg: SafeString


def pictures(told: ToldLadder, title: str) -> tuple[Picture, ...]:
    """Return the ladder drawn for wide pages and for phones; a page shows one of them."""
    entries = entries_of(told)
    return tuple(Picture(name=sheet.name, svg=_Drawing(sheet).draw(entries, told.end, title)) for sheet in _SHEETS)


class _Drawing:
    """One picture in the making, from top to bottom: ``y`` is how far it has come, ``end`` where the line ends."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.canvas = Canvas(name=f"ladder-{sheet.name}", width=sheet.width)
        self.y = 6.0
        self.end = self.y

    def draw(self, entries: Sequence[Entry], end: str, title: str) -> SafeString:
        """Return the picture of ``entries``."""
        for entry in entries:
            _PARTS[entry.kind](self, entry)
        self._end(end)
        drawn, self.canvas.marks = self.canvas.marks, []
        self.canvas.line(self.sheet.rail, 6 + _DISC, self.end, "rail")  # behind everything
        self.canvas.marks += drawn
        return self.canvas.svg(round(self.y + 10), title, " ".join([entry.summary for entry in entries] + [end]))

    # Rungs

    def call(self, entry: Entry) -> None:
        """Draw a call: its disc, its time, whom it pages, and how long nobody answers."""
        rung = entry.rung
        if rung is None:
            return
        state = "past" if rung.is_past else "ahead"
        self._disc(rung, state)
        self._heading(rung)
        self._people(rung.people, state)
        for remark in rung.remarks:
            self._remark(remark)
        self._pause(entry.pause)

    def passed(self, entry: Entry) -> None:
        """Draw a layer that is passed: hatched where it reaches nobody, in a dashed frame where it is skipped."""
        passed, sheet = entry.passed, self.sheet
        if passed is None:
            return
        lines = lines_of(entry.summary, sheet.room - 24, _SMALL, 3)
        height = len(lines) * _LINE + 14
        self.canvas.circle(sheet.rail, self.y + height / 2, _DISC - 2, "disc passed")
        self.canvas.text(sheet.rail, self.y + height / 2 + 4, str(passed.passed.position), "number", anchor="middle")
        if passed.passed.skipped is None:
            self.canvas.hatch(sheet.content, self.y, sheet.room, height)
        else:
            self.canvas.box(sheet.content, self.y, sheet.room, height, "skipped")
        for line in lines:
            self._plate(sheet.content + 12, self.y + 7, line)
            self.y += _LINE
        self.y += 14 + 14

    def again(self, entry: Entry) -> None:
        """Draw that passes repeat."""
        self.canvas.circle(self.sheet.rail, self.y + _DISC, _DISC, "disc ahead again")
        self.canvas.icon(self.sheet.rail - 8, self.y + _DISC - 8, "again")
        self._lines(entry.summary, "strong", _BIG)
        self._pause(entry.pause)

    def here(self, entry: Entry) -> None:
        """Draw where a running incident stands."""
        self.canvas.box(self.sheet.content - 12, self.y, self.sheet.room + 12, 30, "here")
        self.canvas.icon(self.sheet.rail - 8, self.y + 7, "clock", "icon")
        self.canvas.text(self.sheet.content, self.y + 20, f"Now: {entry.summary}", "on-here")
        self.y += 30 + 18

    # Pieces

    def _disc(self, rung: ToldRung, state: str) -> None:
        x, y = self.sheet.rail, self.y + _DISC
        if rung.rung.cause is Cause.FALLBACK:
            self.canvas.box(x - _DISC, y - _DISC, 2 * _DISC, 2 * _DISC, f"disc {state}", round_by=6)
            self.canvas.icon(x - 9, y - 9, "fallback", f"icon on-{state}", size=18)
        else:
            self.canvas.circle(x, y, _DISC, f"disc {state}")
            number = "+" if rung.rung.cause is Cause.JOINED else str(rung.rung.position)
            self.canvas.text(x, y + 5, number, f"number on-{state}", anchor="middle")

    def _heading(self, rung: ToldRung) -> None:
        sheet, canvas = self.sheet, self.canvas
        if sheet.is_wide:
            canvas.text(sheet.rail - 26, self.y + 12, rung.offset, "strong", anchor="end")
            canvas.text(sheet.rail - 26, self.y + 28, rung.clock, "soft", anchor="end")
        else:
            canvas.text(sheet.content, self.y + 12, f"{rung.when}, {rung.clock}", "soft")
            self.y += _LINE
        canvas.text(sheet.content, self.y + 19 if sheet.is_wide else self.y + 13, rung.label, "strong")
        after = sheet.content + width_of(rung.label, _BIG) + 14
        for line in lines_of(rung.target, sheet.content + sheet.room - after, _SMALL, 1):
            canvas.text(after, self.y + 19 if sheet.is_wide else self.y + 13, line, "soft")
        self.y += 34 if sheet.is_wide else 24

    def _people(self, people: Sequence[ToldPerson], state: str) -> None:
        columns = min(self.sheet.columns, len(people))
        shown = people[:_MOST_PEOPLE] if len(people) > _MOST_PEOPLE + 1 else people
        for start in range(0, len(shown), columns or 1):
            row = shown[start : start + columns]
            width = (self.sheet.room - (self.sheet.columns - 1) * _CHIP_GAP) / self.sheet.columns
            chips = [_Chip(person, width) for person in row]
            height = max(chip.height for chip in chips)
            for place, chip in enumerate(chips):
                chip.draw(self.canvas, self.sheet.content + place * (width + _CHIP_GAP), self.y, height, state)
            self.y += height + _CHIP_GAP
        if len(people) > len(shown):
            self._remark(f"and {len(people) - len(shown)} more people", icon="named")

    def _remark(self, remark: str, *, icon: str = "nobody") -> None:
        self.canvas.icon(self.sheet.content, self.y + 1, icon, "icon soft-icon")
        for line in lines_of(remark, self.sheet.room - 24, _SMALL, 3):
            self.canvas.text(self.sheet.content + 22, self.y + 13, line, "soft")
            self.y += _LINE
        self.y += 4

    def _pause(self, pause: str) -> None:
        if pause:
            self.canvas.icon(self.sheet.content, self.y + 5, "clock", "icon soft-icon", size=14)
            self.canvas.text(self.sheet.content + 20, self.y + 16, f"{pause} without an answer", "soft")
            self.y += 24
        self.y += 14

    def _end(self, end: str) -> None:
        self.end = self.y + _DISC
        self.canvas.circle(self.sheet.rail, self.y + _DISC, _DISC - 2, "disc ahead again")
        self.canvas.icon(self.sheet.rail - 7, self.y + _DISC - 7, "again", size=14)
        self._lines(end, "soft", _SMALL)

    def _lines(self, text: str, kind: str, size: float) -> None:
        top = self.y
        for line in lines_of(text, self.sheet.room, size, 4):
            self.canvas.text(self.sheet.content, self.y + 18, line, kind)
            self.y += _LINE
        self.y = max(self.y + 6, top + 2 * _DISC)

    def _plate(self, x: float, y: float, text: str) -> None:
        """Write on a plate, so that what lies below does not run through the words."""
        self.canvas.box(x - 5, y, width_of(text, _SMALL) + 10, _LINE, "plate", round_by=4)
        self.canvas.text(x, y + 13, text, "plain")


class _Chip:
    """One person: their name, what they are to the call, over what they are sent it, and over what not."""

    def __init__(self, person: ToldPerson, width: float) -> None:
        self.width = width
        room = width - 2 * _CHIP_PADDING
        self.source = person.called.duty.source
        self.name = lines_of(person.name, room - 22, _BIG, 2)
        self.place = lines_of(person.place, room, _SMALL, 2)
        ways = [(way.channel, way.summary, True) for way in person.ways]
        ways += [(each.channel, each.summary, False) for each in person.left_out]
        shown = ways[:_MOST_WAYS] if len(ways) > _MOST_WAYS + 1 else ways
        self.ways = [(channel, lines_of(text, room - 22, _SMALL, 2), used) for channel, text, used in shown]
        self.more = len(ways) - len(shown)

    @property
    def height(self) -> float:
        """How tall it is."""
        lines = len(self.place) + sum(len(lines) for _, lines, _ in self.ways) + (self.more > 0)
        return 2 * _CHIP_PADDING + len(self.name) * (_LINE + 1) + lines * _LINE + 2

    def draw(self, canvas: Canvas, x: float, y: float, height: float, state: str) -> None:
        """Draw it ``height`` tall, as its neighbor may be taller."""
        canvas.box(x, y, self.width, height, f"chip chip-{state}")
        x, y = x + _CHIP_PADDING, y + _CHIP_PADDING
        canvas.icon(x, y, "fallback" if self.source == "fallback" else self.source)
        for line in self.name:
            canvas.text(x + 22, y + 13, line, "strong")
            y += _LINE + 1
        for line in self.place:
            canvas.text(x, y + 13, line, "soft")
            y += _LINE
        for channel, lines, is_used in self.ways:
            y = self._draw_way(canvas, x, y, channel, lines, is_used=is_used)
        if self.more:
            canvas.text(x + 22, y + 15, f"and {self.more} more", "soft")

    def _draw_way(
        self, canvas: Canvas, x: float, y: float, channel: str, lines: Sequence[str], *, is_used: bool
    ) -> float:
        canvas.icon(x + 1, y + 4, channel, "icon" if is_used else "icon soft-icon", size=14)
        if not is_used:
            canvas.icon(x, y + 3, "off", "icon off")
        for line in lines:
            canvas.text(x + 22, y + 15, line, "plain" if is_used else "soft")
            y += _LINE
        return y


_PARTS: Final = {
    "call": _Drawing.call,
    "passed": _Drawing.passed,
    "again": _Drawing.again,
    "here": _Drawing.here,
}
