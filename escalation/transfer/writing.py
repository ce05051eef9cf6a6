"""YAML and JSON: the canonical files, which lose nothing.

The same content gives the same bytes, whatever order it came in and whatever libraries a machine has: hence the YAML
is put together here. It is the plain part of YAML that every version of it reads alike: a text stands in double
quotes unless it is plain beyond doubt (never ``no``, ``0755`` or ``09:00``), and what is a sentence for people, a
layer or an override, takes one line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from escalation.transfer.document import Document
from escalation.transfer.plain import Plain, as_plain

_ON_ONE_LINE = frozenset({"users", "windows", "restrictions", "overrides", "layers"})
"""Lists of which each item takes one line."""

_PLAIN_TEXT = re.compile(r"[A-Za-z][A-Za-z0-9_./@+-]*(?: [A-Za-z0-9(][A-Za-z0-9_./@+()-]*)*", re.ASCII)
_OTHER_MEANING = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def as_json(document: Document) -> str:
    """Return the document as JSON."""
    return json.dumps(as_plain(document), ensure_ascii=False, indent=2) + "\n"


def as_yaml(document: Document) -> str:
    """Return the document as YAML."""
    return "\n".join(_fields(as_plain(document), "")) + "\n"


def _fields(mapping: dict[str, Plain], indent: str) -> Iterator[str]:
    for field, value in mapping.items():
        if isinstance(value, list) and value and any(isinstance(item, dict) for item in value):
            yield f"{indent}{field}:"
            yield from _items(field, value, f"{indent}  ")
        else:
            yield f"{indent}{field}: {_on_one_line(value)}"


def _items(field: str, items: list[Plain], indent: str) -> Iterator[str]:
    for item in items:
        if isinstance(item, dict) and field not in _ON_ONE_LINE:
            first, *rest = _fields(item, f"{indent}  ")
            yield f"{indent}- {first.lstrip()}"
            yield from rest
        else:
            yield f"{indent}- {_on_one_line(item)}"


def _on_one_line(value: Plain) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return _text(value)
        case list():
            return f"[{', '.join(map(_on_one_line, value))}]"
        case dict():
            return f"{{{', '.join(f'{field}: {_on_one_line(item)}' for field, item in value.items())}}}"


def _text(text: str) -> str:
    if _PLAIN_TEXT.fullmatch(text) and text.lower() not in _OTHER_MEANING:
        return text
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    point = ord(character)
    return f"\\u{point:04x}" if point <= 0xFFFF else f"\\U{point:08x}"
