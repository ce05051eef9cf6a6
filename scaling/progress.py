"""How far a command is: bars on a terminal, lines in a log, nothing where nobody wants to know.

    with progress(stream, verbosity) as steps:
        schedules = steps.begin("schedules", total=120)
        for schedule in ...:
            schedules.advance()

Results belong on standard output; this is for people, and goes to standard error.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, Protocol, TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

LINE_EVERY_SECONDS: Final = 10.0
"""How often a log is told of a step that is under way; its end is told at once."""


class Step(Protocol):
    """A part of the work, counted in things of one kind."""

    def advance(self, by: int = 1) -> None:
        """Say that ``by`` things more are done."""

    def expect(self, total: int) -> None:
        """Say how many there will be, as far as that is known by now."""


class Steps(Protocol):
    """The parts of a command's work, in the order in which they were begun."""

    def begin(self, name: str, total: int | None = None) -> Step:
        """Begin a part that people know as ``name``; ``total`` is how many things it has, if that is known."""

    def note(self, text: str) -> None:
        """Tell one line beside it, such as what is being waited for."""


@contextmanager
def progress(stream: TextIO, verbosity: int = 1, clock: Callable[[], float] = time.monotonic) -> Iterator[Steps]:
    """Show on ``stream`` how far the work within is; ``verbosity`` 0 shows nothing. ``clock`` counts seconds."""
    console = Console(file=stream)
    if verbosity == 0:
        yield _Silence()
    elif stream.isatty() and not console.is_dumb_terminal:
        with _bars(console) as bars:
            yield _Bars(bars)
    else:
        lines = _Lines(stream, clock)
        try:
            yield lines
        finally:
            lines.end()


def _bars(console: Console) -> Progress:
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    # What the command itself prints meanwhile goes to where it belongs, not through the bars.
    return Progress(*columns, console=console, redirect_stdout=False, redirect_stderr=False)


class _Bars:
    """Bars, one below the other."""

    def __init__(self, shown: Progress) -> None:
        self._shown = shown

    def begin(self, name: str, total: int | None = None) -> Step:
        return _Bar(self._shown, self._shown.add_task(name, total=total))

    def note(self, text: str) -> None:
        self._shown.console.print(text, markup=False, highlight=False)


class _Bar:
    def __init__(self, shown: Progress, task: TaskID) -> None:
        self._shown = shown
        self._task = task

    def advance(self, by: int = 1) -> None:
        self._shown.advance(self._task, by)

    def expect(self, total: int) -> None:
        self._shown.update(self._task, total=total)


class _Lines:
    """Lines that nobody draws over: one now and then while a step goes on, and one for each at its end."""

    def __init__(self, stream: TextIO, clock: Callable[[], float]) -> None:
        self._stream = stream
        self._clock = clock
        self._told_at = clock()
        self._begun: list[_Line] = []

    def begin(self, name: str, total: int | None = None) -> Step:
        line = _Line(self, name, total)
        self._begun.append(line)
        return line

    def note(self, text: str) -> None:
        self._stream.write(f"{text}\n")
        self._stream.flush()

    def advanced(self, line: _Line) -> None:
        """Tell of ``line``, if it is complete, or nothing has been told for a while."""
        if line.done == line.total or self._clock() - self._told_at >= LINE_EVERY_SECONDS:
            self._tell(line)

    def end(self) -> None:
        """Tell where each step ended that has not been told of since it moved."""
        for line in self._begun:
            if line.told != (line.done, line.total):
                self._tell(line)

    def _tell(self, line: _Line) -> None:
        self._told_at = self._clock()
        line.told = (line.done, line.total)
        self.note(str(line))


class _Line:
    def __init__(self, lines: _Lines, name: str, total: int | None) -> None:
        self._lines = lines
        self._name = name
        self.total = total
        self.done = 0
        self.told: tuple[int, int | None] | None = None

    def __str__(self) -> str:
        return f"{self._name}: {self.done}" + ("" if self.total is None else f" of {self.total}")

    def advance(self, by: int = 1) -> None:
        self.done += by
        self._lines.advanced(self)

    def expect(self, total: int) -> None:
        self.total = total


class _Silence:
    """Nothing at all."""

    def begin(self, name: str, total: int | None = None) -> Step:
        return self

    def note(self, text: str) -> None:
        pass

    def advance(self, by: int = 1) -> None:
        pass

    def expect(self, total: int) -> None:
        pass
