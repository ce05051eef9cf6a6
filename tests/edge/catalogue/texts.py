"""B29 to B45: names, titles, descriptions."""

from __future__ import annotations

from tests.edge.calls import COMPONENTS, LAYERS, POLICIES, SCHEDULES, WRITES, call_of, with_field
from tests.edge.catalogue.case import accepted, invalid, refused, unreadable

_FIRE = "\U0001f525"
_ZALGO = "Z\u0351\u036b\u0343a\u0334\u0321l\u0338\u0489go"
_TEMPLATES = ("{{7*7}}", "{% debug %}", "${jndi:ldap://x}", "%s%n", "{0.__class__}")
_MARKUP = ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "javascript:alert(1)", "'; DROP TABLE x --")
_HALF = "\ud800"


def _without(name):
    return [call.without(name) for call in WRITES if name in call.body and call.method != "patch"]


def _kept(number, about, name, *values, stored=None, among=None):
    return [
        accepted(
            number,
            f"{about} in {name}",
            with_field(name, value, among=among),
            kept={name: value if stored is None else stored},
        )
        for value in values
    ]


def _each_name(number, about, *values):
    """Return the cases of a text that is neither a name nor a title."""
    return [invalid(number, f"{name}: {about}", name, with_field(name, *values)) for name in ("name", "title")]


_LONG_NAMED = [call for call in WRITES if "name" in call.body and not call.path.startswith(COMPONENTS)]

CASES = [
    *(invalid(29, f"{name} missing", name, _without(name)) for name in ("name", "title", "severity", "timezone")),
    *_each_name(29, "null or empty", None, ""),
    *_each_name(30, "blanks", " ", "\t \t", "\u00a0", "\u3000\n"),
    *_each_name(31, "nothing to be seen", "\u200b", "\u2060", "\ufeff", "\u3164", "\u200b\u2060\ufeff\u3164"),
    invalid(32, "a name too long", "name", with_field("name", "x" * 256, _FIRE * 256)),
    invalid(32, "a title too long", "title", with_field("title", "x" * 101, _FIRE * 101)),
    *_kept(32, "the longest", "name", "x" * 255, _FIRE * 255, among=_LONG_NAMED),
    *_kept(32, "the longest", "name", "x" * 100, _FIRE * 100, among=[call_of("post", COMPONENTS)]),
    invalid(32, "a name too long", "name", [call_of("post", COMPONENTS, name="x" * 101)]),
    *_kept(32, "the longest", "title", "x" * 100, _FIRE * 100),
    *(
        unreadable(33, f"a NUL in {name}", with_field(name, "\0", "a\0b"))
        for name in ("name", "title", "description", "timezone", "severity", "ownerId", "targetUserId", "userId")
    ),
    unreadable(34, "a NUL further in", [call_of("post", LAYERS, target={"type": "users", "userIds": ["a\0"]})]),
    unreadable(34, "a NUL in the name of a field", [call.spoiled(**{"a\0": 1}) for call in WRITES]),
    *(
        unreadable(35, f"half a surrogate pair in {name}", with_field(name, _HALF, f"a{_HALF}", "\udc00\ud800"))
        for name in ("name", "title", "description")
    ),
    unreadable(35, "half a surrogate pair further in", [call_of("post", LAYERS, target={_HALF: [_HALF]})]),
    *_each_name(36, "no text", 1, 1.5, True, False, ["x"], {"x": 1}),
    *_kept(37, "blanks around", "name", "  x\t", stored="x"),
    *_kept(37, "blanks around", "title", "\u00a0x \n", stored="x"),
    refused(
        38,
        "a name taken in another spelling",
        409,
        "name_conflict",
        [
            *with_field(
                "name",
                "BILLING ON FIRE",
                "\uff22illing on fire",
                "Billing on \ufb01re",
                " billing on fire ",
                among=[call_of("post", POLICIES)],
            ),
            *with_field("name", "pRIMARY", "\uff30rimary", among=[call_of("post", SCHEDULES)]),
        ],
    ),
    *_kept(39, "mixed scripts", "name", "p\u0430ypal"),
    *_kept(40, "marks upon marks", "name", _ZALGO),
    *_kept(40, "marks and turns", "title", _ZALGO, "a\u202eb", "\u2066a\u2069"),
    *_kept(40, "marks and turns", "description", _ZALGO, "a\u202eb", "\u2066a\u2069"),
    invalid(40, "turns of direction in a name", "name", with_field("name", "a\u202eb", "\u2066a\u2069", "a\u200fb")),
    *_kept(41, "line ends", "title", "stuck\r\nBcc: all@example.org"),
    invalid(
        41, "control characters in a name", "name", with_field("name", "a\nb", "a\rb", "a\tb", "a\x1b[31mb", "a\x9bb")
    ),
    invalid(42, "a description too long", "description", with_field("description", "x" * 10_001, "x" * 900_000)),
    invalid(42, "a note too long", "resolutionNote", with_field("resolutionNote", "x" * 10_001)),
    *_kept(42, "the longest", "description", "x" * 10_000),
    accepted(43, "null clears", with_field("description", None), kept={"description": None}),
    accepted(43, "the empty text means null", with_field("description", ""), kept={"description": None}),
    *_kept(44, "a template", "name", *_TEMPLATES),
    *_kept(44, "a template", "title", *_TEMPLATES),
    *_kept(45, "markup", "name", *_MARKUP),
    *_kept(45, "markup", "title", *_MARKUP),
    *_kept(45, "markup", "description", *_MARKUP),
]
assert all(case.calls for case in CASES), "each case is about something that exists"

_POLICIES = "tests/escalation/api/test_policies.py"
ELSEWHERE = {
    38: [f"{_POLICIES}::test_a_name_is_taken_in_every_spelling", f"{_POLICIES}::test_renaming"],
    43: [f"{_POLICIES}::test_null_clears_the_description_and_absence_keeps_it"],
    45: ["tests/incidents/answer/test_answer_page.py::test_hostile_words_are_shown_as_they_are"],
}
