"""What hands do to a page that takes more than one step, each begun when the page has taken in the one before."""

from __future__ import annotations

import re

from playwright.sync_api import expect

GHOST = re.compile("sortable-ghost")


def choose(page, box, text):
    """Search a list by keyboard, once ``box`` is clicked, for the only name that begins with ``text``; take it."""
    box.click()
    search_and_take(page, text)


def search_and_take(page, text):
    """Type ``text`` into the list that was just opened; take the only name that begins with it."""
    search = page.locator(".select2-container--open .select2-search__field")
    # The box hands the focus on a moment after it was clicked; what is typed before that is lost.
    expect(search).to_be_focused()
    search.press_sequentially(text)
    # All there is was offered before anything was typed: wait for the one that is meant to be left.
    expect(page.locator(".select2-results__option")).to_have_text([re.compile(f"^{re.escape(text)}")])
    expect(page.locator(".select2-results__option--highlighted")).to_have_count(1)
    search.press("Enter")


def drag(page, handle, onto):
    """Pull a row by its ``handle`` above the row ``onto``, wherever that stands."""
    onto.scroll_into_view_if_needed()
    handle.hover()
    page.mouse.down()
    above = onto.bounding_box()
    page.mouse.move(above["x"] + 30, above["y"] + 8, steps=20)
    # The rows make room every now and then, not with each move: one let go before that stays where it was.
    expect(onto).to_have_class(GHOST)
    page.mouse.up()
