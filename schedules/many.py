"""Thousands of values in one statement: they travel as one array, not as thousands of bound values."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, any_, cast, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import TypeEngine
from sqlmodel import Session


def among(session: Session, column: ColumnElement[Any], values: Sequence[int] | Sequence[str]) -> ColumnElement[bool]:
    """`column` is one of `values`."""
    if _is_sqlite(session):
        each = func.json_each(json.dumps(list(values))).table_valued("value")
        return column.in_(select(each.c.value))
    return column == any_(literal(list(values), ARRAY(column.type)))


def listed(session: Session, rows: Sequence[Sequence[Any]], *types: TypeEngine[Any]) -> list[ColumnElement[Any]]:
    """The columns of a table that stands in the statement only; values as JSON has them, a date in ISO form."""
    if _is_sqlite(session):
        each = func.json_each(json.dumps(rows)).table_valued("value")
        return [func.json_extract(each.c.value, f"$[{n}]", type_=type_) for n, type_ in enumerate(types)]
    each = func.jsonb_array_elements(literal(rows, JSONB)).table_valued("value")
    return [cast(each.c.value.op("->>")(n), type_) for n, type_ in enumerate(types)]


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
