"""How commands show how far they are."""

from __future__ import annotations

import io

import pytest

from scaling.progress import LINE_EVERY_SECONDS, progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Seconds:
    """A clock that a test moves."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Seconds()


def test_a_log_is_told_the_end_of_each_step():
    log = io.StringIO()
    with progress(log) as steps:
        users, schedules = steps.begin("users", total=2), steps.begin("schedules")
        users.advance(2)
        schedules.advance()
    assert log.getvalue() == "users: 2 of 2\nschedules: 1\n"


def test_a_log_is_told_now_and_then_of_a_long_step(clock):
    log = io.StringIO()
    with progress(log, clock=clock) as steps:
        pages = steps.begin("pages", total=100)
        for _ in range(25):
            clock.now += LINE_EVERY_SECONDS / 10
            pages.advance()
    assert log.getvalue().splitlines() == ["pages: 10 of 100", "pages: 20 of 100", "pages: 25 of 100"]


def test_a_log_is_told_where_a_step_broke_off():
    log = io.StringIO()
    with pytest.raises(KeyboardInterrupt):
        _break_off(log)
    assert log.getvalue() == "pages: 4 of 9\n"


def _break_off(log):
    with progress(log) as steps:
        steps.begin("pages", total=9).advance(4)
        raise KeyboardInterrupt


def test_a_step_that_never_moved_is_told_as_none():
    log = io.StringIO()
    with progress(log) as steps:
        steps.begin("overrides", total=0)
    assert log.getvalue() == "overrides: 0 of 0\n"


def test_more_can_turn_out_to_come():
    log = io.StringIO()
    with progress(log) as steps:
        pages = steps.begin("pages", total=1)
        pages.expect(3)
        pages.advance()
    assert log.getvalue() == "pages: 1 of 3\n"


def test_notes_stand_in_the_log_as_they_are():
    log = io.StringIO()
    with progress(log) as steps:
        steps.note("[red]waiting[/red] 3 s")
    assert log.getvalue() == "[red]waiting[/red] 3 s\n"


def test_a_terminal_is_shown_bars_below_each_other(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    terminal = Terminal()
    with progress(terminal) as steps:
        users, schedules = steps.begin("[b]users", total=2), steps.begin("schedules", total=5)
        steps.note("waiting [3 s]")
        users.advance()
        users.expect(3)
        schedules.advance(5)
    shown = terminal.getvalue()
    assert "waiting [3 s]" in shown
    assert "[b]users" in shown
    assert "1/3" in shown
    assert "5/5" in shown
    assert "\x1b[" in shown


def test_a_terminal_that_cannot_draw_is_written_lines(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    terminal = Terminal()
    with progress(terminal) as steps:
        steps.begin("users", total=1).advance()
    assert terminal.getvalue() == "users: 1 of 1\n"


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()])
def test_verbosity_zero_is_silence(stream):
    with progress(stream, verbosity=0) as steps:
        step = steps.begin("users", total=1)
        step.expect(2)
        step.advance()
        steps.note("waiting")
    assert stream.getvalue() == ""
