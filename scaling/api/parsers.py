"""Request bodies: one JSON text, read strictly (reliability.md 4.1).

Python's own reader is lenient where a mistake would pass silently (the last of two equal keys wins, ``NaN`` is a
number) and fails late where text cannot be stored (NUL, lone surrogates). Everything of the kind is ``invalid_json``
here, so no field further in has to think of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from itertools import chain, count
from typing import IO, Any, Never

from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.parsers import BaseParser

from scaling.errors import InvalidJson

MAX_DEPTH = 32
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


class StrictJsonParser(BaseParser):
    """Reads ``application/json`` in UTF-8, without content encoding."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the value of the body.

        Raises:
            UnsupportedMediaType: another charset, or a compressed body.
            InvalidJson: the body is no acceptable JSON text.
            RequestDataTooBig: the body is larger than ``DATA_UPLOAD_MAX_MEMORY_SIZE``.
        """
        request = parser_context["request"]._request if parser_context else None
        if request is not None:
            _refuse_encodings(
                request.content_params.get("charset"), request.headers.get("Content-Encoding"), media_type
            )
        return read_json(stream.read())


def _refuse_encodings(charset: str | None, content_encoding: str | None, media_type: str | None) -> None:
    if charset is not None and charset.lower() not in {"utf-8", "utf8"}:
        raise UnsupportedMediaType(media_type or "")
    if content_encoding is not None and content_encoding.lower() != "identity":
        raise UnsupportedMediaType(media_type or "")


def read_json(body: bytes) -> Any:
    """Return the value of a JSON text.

    Raises:
        InvalidJson: with the place of the mistake where there is one; the message never repeats the body.
    """
    try:
        value = json.loads(body.decode(), object_pairs_hook=_object, parse_constant=_refuse_constant)
    except UnicodeDecodeError as exc:
        raise InvalidJson(f"The body is not UTF-8 at byte {exc.start}.") from None
    except json.JSONDecodeError as exc:
        raise InvalidJson(f"The body is not JSON at character {exc.pos}.") from None
    except RecursionError:
        raise _too_deep() from None
    except ValueError:
        raise InvalidJson("The body holds a number with too many digits.") from None
    _refuse_depth_and_text(value)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise InvalidJson("The body names a field of an object twice.")
    return found


def _refuse_constant(name: str) -> Never:
    raise InvalidJson("The body holds NaN or Infinity, which are not JSON.")


def _too_deep() -> InvalidJson:
    return InvalidJson(f"The body is nested deeper than {MAX_DEPTH} levels.")


def _refuse_depth_and_text(value: Any) -> None:
    level: list[Any] = [value]
    for depth in count():
        if any(isinstance(item, str) and _UNSTORABLE.search(item) for item in level):
            raise InvalidJson("The body holds a NUL character or half of a surrogate pair.")
        containers = [item for item in level if isinstance(item, dict | list)]
        if not containers:
            return
        if depth == MAX_DEPTH:
            raise _too_deep()
        level = list(chain.from_iterable(map(_parts, containers)))


def _parts(container: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return chain(container.keys(), container.values()) if isinstance(container, dict) else container
