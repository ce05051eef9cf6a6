"""Tells PostgreSQL who acts, before the first statement of a transaction that writes to an audited table.

The triggers read it from a setting that ends with the transaction. It cannot ride along with the statement, as
django-pghistory has it: a prepared statement holds one command. So it costs one short statement per transaction that
writes something audited, and nothing elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import Any, Final

from django.db import transaction

from scaling.audit.registry import audited_models
from scaling.audit.source import current_source
from scaling.audit.triggers import Audit

SETTING: Final = "scaling.audit"

_TOLD: Final = f"SELECT set_config('{SETTING}', %s, true)"
_WRITE = re.compile(r'\s*(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+(?:ONLY\s+)?"?(\w+)', re.IGNORECASE)
_UPDATE = re.compile(r"\s*UPDATE\b", re.IGNORECASE)
_WITH = re.compile(r"\s*WITH\b", re.IGNORECASE)
_WORD = re.compile(r"\w+")
# So much of a statement tells what it is; few beginnings make up all that is executed.
_BEGINNING: Final = 100
_BELOW: Final = "WITH"


def tell_before_writes(
    execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Mapping[str, Any]
) -> Any:
    """Execute a statement, having said who acts if it may write something audited. A wrapper as Django knows them.

    Outside any transaction the statement gets one of its own, as what is said ends with the transaction.
    """
    if not may_be_audited(sql):
        return execute(sql, params, many, context)
    connection = context["connection"]
    if connection.in_atomic_block:
        _tell(connection)
        return execute(sql, params, many, context)
    with transaction.atomic(using=connection.alias):
        _tell(connection)
        return execute(sql, params, many, context)


def _tell(connection: Any) -> None:
    source = current_source()
    said = "" if source is None else str(source)
    if connection.told == said:
        return
    with connection.cursor() as cursor:
        cursor.execute(_TOLD, [said])
    connection.told = said


def may_be_audited(sql: str) -> bool:
    """Whether a statement may write something audited; in doubt, it may.

    An update of other columns does not: a key's last use, how often a webhook has failed.
    """
    table = _table_written(sql[:_BEGINNING])
    if table == _BELOW:
        return _writes_below(sql)
    columns = _audited_columns().get(table)
    return columns is not None and _may_set(columns, sql)


@lru_cache(maxsize=2048)
def _table_written(beginning: str) -> str:
    if _WITH.match(beginning):
        return _BELOW
    write = _WRITE.match(beginning)
    return "" if write is None else write[1]


@lru_cache(maxsize=256)
def _writes_below(sql: str) -> bool:
    return any(write[1] in _audited_columns() for write in _WRITE.finditer(sql))


def _may_set(columns: frozenset[str], sql: str) -> bool:
    if not _UPDATE.match(sql):
        return True
    set_clause = sql.partition(" WHERE ")[0]
    return not columns.isdisjoint(_WORD.findall(set_clause))


@cache
def _audited_columns() -> Mapping[str, frozenset[str]]:
    return {model._meta.db_table: _columns(model, audit) for model, audit in audited_models().items()}


def _columns(model: Any, audit: Audit) -> frozenset[str]:
    return frozenset(model._meta.get_field(name).column for name in (*audit.fields, *audit.hidden))
