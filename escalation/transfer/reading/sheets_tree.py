"""CSV, put together to what a file of YAML would say of it.

So what a cell may hold is asked where it is asked of YAML, and here only what is said about columns and rows. Which of
the four sheets a file is, its header tells, whatever the file is called.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from escalation.transfer.document import FORMAT_VERSION
from escalation.transfer.keys import key_of_email, key_of_name
from escalation.transfer.reading.nodes import Field, Node, Place
from escalation.transfer.reading.problems import Problems, Refused
from escalation.transfer.reading.sources import MAX_COLUMNS, MAX_ROWS
from escalation.transfer.sheets import BETWEEN, COLUMNS, OVERRIDES, PHONE_CHANNEL, POLICIES, ROTATIONS, USERS, unguarded

_WHOLE_NUMBER = re.compile(r"0|[1-9][0-9]{0,8}", re.ASCII)

_BREAK = re.compile(r"\r\n?|\n")

_Row = Mapping[str, Node]
"""A row's cells by their titles; each a text, or nothing where it is empty."""


class _Group(NamedTuple):
    """The rows that are about one policy or schedule, in their order, and its name."""

    name: Node
    rows: list[_Row]


def sheets_tree(texts: Mapping[str, str], problems: Problems) -> Node:
    """Return what files of CSV say together; ``texts`` are by the names of the files.

    Raises:
        Refused: one of them is no CSV, or none of these sheets, or two are the same one.
    """
    sheets: dict[str, list[_Row]] = {}
    is_good = True
    for name, text in texts.items():
        try:
            sheet, rows = _read(name, text, problems)
            if sheet in sheets:
                problems.add(Place(name, 1), f"has the columns of {sheet} as another file has.")
                raise Refused
            sheets[sheet] = rows
        except Refused:
            is_good = False
    if not is_good:
        raise Refused
    return _whole(Place(next(iter(texts))), sheets, problems)


def _whole(place: Place, sheets: Mapping[str, Sequence[_Row]], problems: Problems) -> Node:
    schedules = _groups(sheets.get(ROTATIONS, ()), "schedule", ("timezone", "paging_mode"), problems)
    policies = _groups(sheets.get(POLICIES, ()), "policy", ("description",), problems)
    overrides = _overrides(sheets[OVERRIDES], schedules, problems) if OVERRIDES in sheets else None
    sections = {
        USERS: ("users", [_user(row) for row in sheets.get(USERS, ())]),
        ROTATIONS: ("schedules", [_schedule(group, overrides, key) for key, group in schedules.items()]),
        POLICIES: ("policies", [_policy(group, problems) for group in policies.values()]),
    }
    said = {section: Node(parts, place) for sheet, (section, parts) in sections.items() if sheet in sheets}
    return _mapping(place, formatVersion=Node(FORMAT_VERSION, place), **said)


def _read(name: str, text: str, problems: Problems) -> tuple[str, list[_Row]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader)
        sheet = _check_header(Place(name, 1), header, problems)
        return sheet, list(_rows(name, header, reader, problems))
    except csv.Error as error:
        problems.add(Place(name, reader.line_num), f"is no CSV: {error}.")
        raise Refused from error


def _check_header(place: Place, header: Sequence[str], problems: Problems) -> str:
    """Return which sheet has these columns, in whatever order.

    Raises:
        Refused: they are not those of any.
    """
    if len(header) == 1 and ";" in header[0]:
        problems.add(place, "has semicolons between its columns: save it with commas.")
        raise Refused
    sheet = max(COLUMNS, key=lambda each: len(set(COLUMNS[each]) & set(header)))
    columns = COLUMNS[sheet]
    shown = f"{sheet} has the columns {','.join(columns)}"
    wrong = [f"{title} is no column here" for title in header[:MAX_COLUMNS] if title not in columns]
    wrong += [f"the column {title} is missing" for title in columns if title not in header]
    wrong += [f"the column {title} is there twice" for title in columns if header.count(title) > 1]
    for what in wrong:
        problems.add(place, f"{what}: {shown}.")
    if wrong:
        raise Refused
    return sheet


def _rows(name: str, header: Sequence[str], reader: Iterator[list[str]], problems: Problems) -> Iterator[_Row]:
    line, is_good = 2, True
    for number, cells in enumerate(reader, 1):
        place, line = Place(name, line), line + 1 + sum(len(_BREAK.findall(cell)) for cell in cells)
        if number > MAX_ROWS:
            problems.add(place, f"is one row too many: a file has at most {MAX_ROWS}.")
            raise Refused
        if not any(cells):
            continue
        if len(cells) != len(header):
            problems.add(place, f"has {len(cells)} cells where the header has {len(header)}.")
            is_good = False
            continue
        yield {
            title: _cell(place, number, title, cell)
            for number, (title, cell) in enumerate(zip(header, cells, strict=True), 1)
        }
    if not is_good:
        raise Refused


def _cell(row: Place, number: int, title: str, cell: str) -> Node:
    return Node(unguarded(cell) or None, row._replace(column=number, title=title))


def _groups(rows: Sequence[_Row], title: str, shared: Sequence[str], problems: Problems) -> Mapping[str, _Group]:
    """Return rows by the key of what ``title`` names; what is ``shared`` by them has to be said alike, or once."""
    groups: dict[str, _Group] = {}
    for row in rows:
        group = groups.setdefault(key_of_name(row[title].value or ""), _Group(row[title], []))
        group.rows.append(row)
        first = group.rows[0]
        for column in shared:
            if row[column].value not in (None, first[column].value):
                line = first[column].place.line
                problems.add(row[column].place, f"{column}: differs from that in line {line}.")
    return groups


def _user(row: _Row) -> Node:
    email, phone = row["email"], row["phone"]
    methods = []
    if phone.value is not None:
        method = _mapping(phone.place, channel=Node(PHONE_CHANNEL, phone.place), address=phone)
        methods.append(method)
    return _mapping(
        email.place,
        key=_key_of_person(email),
        email=email,
        firstName=_text(row["first_name"]),
        lastName=_text(row["last_name"]),
        contactMethods=Node(methods, phone.place),
    )


def _schedule(group: _Group, overrides: Mapping[str, list[Node]] | None, key: str) -> Node:
    place, first = group.name.place, group.rows[0]
    rotations = [_rotation(row) for row in group.rows if _says_something(row, ROTATIONS, after="paging_mode")]
    said = {} if first["paging_mode"].value is None else {"pagingMode": first["paging_mode"]}
    if overrides is not None:
        said["overrides"] = Node(overrides.get(key, []), place)
    return _mapping(
        place,
        key=_key_of(group.name),
        name=group.name,
        timezone=first["timezone"],
        rotations=Node(rotations, place),
        **said,
    )


def _rotation(row: _Row) -> Node:
    return _mapping(
        row["rotation"].place,
        name=row["rotation"],
        rotationType=row["rotation_type"],
        rotationLengthDays=_number(row["rotation_length_days"]),
        handoffTime=row["handoff_time"],
        effectiveFrom=row["effective_from"],
        effectiveUntil=row["effective_until"],
        participants=_people(row["participants"]),
    )


def _overrides(rows: Sequence[_Row], schedules: Mapping[str, _Group], problems: Problems) -> Mapping[str, list[Node]]:
    found: dict[str, list[Node]] = {}
    for row in rows:
        schedule = row["schedule"]
        key = key_of_name(schedule.value or "")
        if key not in schedules:
            problems.add(schedule.place, f"schedule: is not in {ROTATIONS}.")
        override = _mapping(
            schedule.place, user=_key_of_person(row["user"]), startsAt=row["starts_at"], endsAt=row["ends_at"]
        )
        found.setdefault(key, []).append(override)
    return found


def _policy(group: _Group, problems: Problems) -> Node:
    place = group.name.place
    rows = [row for row in group.rows if _says_something(row, POLICIES, after="description")]
    layers = [_layer(row) for row in _by_position(rows, problems)]
    return _mapping(
        place,
        key=_key_of(group.name),
        name=group.name,
        description=group.rows[0]["description"],
        layers=Node(layers, place),
    )


def _by_position(rows: Sequence[_Row], problems: Problems) -> list[_Row]:
    """Return the rows of a policy by their positions, which have to be 1…n, each once."""
    numbered: dict[int, _Row] = {}
    for row in rows:
        position = _number(row["position"])
        if not isinstance(position.value, int) or not 1 <= position.value <= len(rows):
            problems.add(
                position.place, f"position: must be between 1 and {len(rows)}, as the policy has that many layers."
            )
        elif position.value in numbered:
            line = numbered[position.value]["position"].place.line
            problems.add(position.place, f"position: is that of line {line} too.")
        else:
            numbered[position.value] = row
    return [numbered[position] for position in sorted(numbered)]


def _layer(row: _Row) -> Node:
    place = row["target_type"].place
    named = {"schedule": _key_of(row["schedule"]), "users": _people(row["users"])}
    said = {field: node for field, node in named.items() if node.value}
    return _mapping(
        row["position"].place,
        ackTimeoutMinutes=_number(row["ack_timeout_minutes"]),
        target=_mapping(place, type=row["target_type"], **said),
    )


def _says_something(row: _Row, sheet: str, *, after: str) -> bool:
    columns = COLUMNS[sheet]
    return any(row[title].value is not None for title in columns[columns.index(after) + 1 :])


def _mapping(place: Place, **fields: Node) -> Node:
    return Node({name: Field(node.place, node) for name, node in fields.items()}, place)


def _text(cell: Node) -> Node:
    return cell._replace(value=cell.value or "")


def _number(cell: Node) -> Node:
    """Return a cell whose whole number is one; anything else stays what it is, and is refused later."""
    is_number = cell.value is not None and _WHOLE_NUMBER.fullmatch(cell.value)
    return cell._replace(value=int(cell.value)) if is_number else cell


def _key_of(cell: Node) -> Node:
    return cell if cell.value is None else cell._replace(value=key_of_name(cell.value))


def _key_of_person(cell: Node) -> Node:
    return cell if cell.value is None else cell._replace(value=key_of_email(cell.value.strip()))


def _people(cell: Node) -> Node:
    people = (each.strip() for each in (cell.value or "").split(BETWEEN))
    return cell._replace(value=[_key_of_person(cell._replace(value=each)) for each in people if each])
