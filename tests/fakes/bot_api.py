"""The Bot API's own description as a judge of calls: names, types, lengths, what is required.

A call arrives as form fields (strings) or as JSON; both are read by the described types.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

DESCRIPTION = Path(__file__).with_name("bot-api-10.0.json")
LENGTH = re.compile(r"(\d+)-(\d+) (characters|bytes)")
RANGE = re.compile(r"Values between (\d+)-(\d+) are accepted")
AT_MOST = re.compile(r"At most (\d+)")


class BadCall(Exception):
    """What Telegram would answer with a 400."""


@cache
def description() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(DESCRIPTION.read_text("utf-8"))
    return loaded


def read_call(method: str, given: Mapping[str, Any], uploads: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The parameters as typed values. Raises BadCall with every fault found."""
    fields = {field["name"]: field for field in description()["methods"][method].get("fields", [])}
    values = {name: _from_form(value, fields[name]["types"]) for name, value in given.items() if name in fields}
    faults = [f"{method} has no parameter {name}" for name in given if name not in fields]
    faults += [f"{method}: {name} is required" for name, field in fields.items() if _missing(field, values, uploads)]
    for name, value in values.items():
        faults += _faults(value, fields[name], f"{method}.{name}")
    if faults:
        raise BadCall("; ".join(faults))
    return values


def knows(method: str) -> bool:
    return method in description()["methods"]


def check(value: Any, kind: str) -> None:
    """Judge something that the fake itself sends, such as an update. Raises BadCall."""
    if faults := list(_faults_of_type(value, kind, kind)):
        raise BadCall("; ".join(faults))


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _missing(field: Mapping[str, Any], values: Mapping[str, Any], uploads: frozenset[str]) -> bool:
    return field["required"] and field["name"] not in values and field["name"] not in uploads


def _from_form(value: Any, types: list[str]) -> Any:
    """Form fields are strings: numbers, booleans and everything composed are written as JSON in them."""
    if not isinstance(value, str) or types == ["String"]:
        return value
    try:
        read = json.loads(value)
    except ValueError:
        return value
    return value if isinstance(read, str | int | float) and "String" in types and "Integer" not in types else read


def _faults(value: Any, field: Mapping[str, Any], where: str) -> Iterator[str]:
    tried = [list(_faults_of_type(value, kind, where)) for kind in field["types"]]
    if all(tried):
        yield from min(tried, key=len)
    else:
        yield from _measured(value, field["description"], where)


def _measured(value: Any, said: str, where: str) -> Iterator[str]:
    if isinstance(value, str) and (found := LENGTH.search(said)):
        low, high, unit = int(found[1]), int(found[2]), found[3]
        length = len(value.encode()) if unit == "bytes" else utf16(value)
        if not low <= length <= high:
            yield f"{where} has {length} {unit}, not {low}-{high}"
    if isinstance(value, int) and (found := RANGE.search(said)) and not int(found[1]) <= value <= int(found[2]):
        yield f"{where} is {value}, not {found[1]}-{found[2]}"
    if isinstance(value, list) and (found := AT_MOST.search(said)) and len(value) > int(found[1]):
        yield f"{where} has {len(value)} items, more than {found[1]}"


PLAIN: dict[str, Any] = {
    "Integer": int,
    "Float": (int, float),
    "String": str,
    "Boolean": bool,
    "True": bool,
    "InputFile": str,
}


def _faults_of_type(value: Any, kind: str, where: str) -> Iterator[str]:
    if kind.startswith("Array of "):
        if not isinstance(value, list):
            yield f"{where} is not a list"
            return
        for number, item in enumerate(value):
            yield from _faults_of_type(item, kind.removeprefix("Array of "), f"{where}[{number}]")
    elif kind in PLAIN:
        if not isinstance(value, PLAIN[kind]) or (isinstance(value, bool) and PLAIN[kind] is int):
            yield f"{where} is not a {kind}"
    else:
        yield from _faults_of_object(value, kind, where)


def _faults_of_object(value: Any, kind: str, where: str) -> Iterator[str]:
    described = description()["types"][kind]
    if subtypes := described.get("subtypes"):
        tried = [list(_faults_of_type(value, subtype, where)) for subtype in subtypes]
        if all(tried):
            yield from min(tried, key=len)
        return
    if not isinstance(value, dict):
        yield f"{where} is not a {kind}"
        return
    fields = {field["name"]: field for field in described.get("fields", [])}
    yield from (f"{where}: {kind} has no {name}" for name in value if name not in fields)
    yield from (f"{where}.{name} is required" for name, field in fields.items() if _missing(field, value, frozenset()))
    for name, found in value.items():
        if name in fields:
            yield from _faults(found, fields[name], f"{where}.{name}")
