"""The house's own laws: which room may know which, and that what operators can set is explained."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.settings import Settings

ROOT = Path(__file__).parent.parent
ROOMS = ["models", "bot", "api", "schedules", "main"]
PURE = {
    "bot/dialogue": {"models.wire", "models.rules", "bot.dialogue"},
    "models/rules": {"models.rules"},
}


def modules(room: str) -> Iterator[Path]:
    return (ROOT / room).rglob("*.py") if (ROOT / room).is_dir() else iter([ROOT / f"{room}.py"])


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("room", ROOMS)
def test_an_import_only_ever_points_left(room: str) -> None:
    to_the_right = set(ROOMS[ROOMS.index(room) + 1 :])
    if room == "api":
        allowed_of_bot = {"bot.dialogue"}
    for path in modules(room):
        for name in imported(path):
            assert name.split(".")[0] not in to_the_right, f"{path.relative_to(ROOT)} imports {name}"
            if room == "api" and name.startswith("bot."):
                assert ".".join(name.split(".")[:2]) in allowed_of_bot, f"{path.relative_to(ROOT)} imports {name}"


@pytest.mark.parametrize("folder", PURE)
def test_rules_and_dialogue_know_nothing_outside_themselves(folder: str) -> None:
    ours = {"models", "bot", "api", "schedules", "main"}
    touching_the_world = {
        "sqlalchemy",
        "sqlmodel",
        "httpx",
        "aiohttp",
        "telegram",
        "fastapi",
        "asyncio",
        "os",
        "socket",
    }
    for path in modules(folder):
        for name in imported(path):
            top = name.split(".")[0]
            assert top not in touching_the_world, f"{path.relative_to(ROOT)} imports {name}"
            if top in ours:
                assert any(name in (pure, top) or name.startswith(f"{pure}.") or pure.startswith(f"{name}.")
                           for pure in PURE[folder]), f"{path.relative_to(ROOT)} imports {name}"  # fmt: skip


@pytest.mark.parametrize("folder", ["models/rules", "bot/dialogue", "api/services", "models/tables"])
def test_nobody_inside_asks_what_time_it_is(folder: str) -> None:
    for path in modules(folder):
        for node in ast.walk(ast.parse(path.read_text())):
            asked = isinstance(node, ast.Attribute) and node.attr in ("now", "utcnow", "today")
            if asked and isinstance(node.value, ast.Name):  # type: ignore[attr-defined]
                assert node.value.id not in ("datetime", "date"), f"{path.relative_to(ROOT)}:{node.lineno}"  # type: ignore[attr-defined]


def test_every_setting_is_explained_in_the_example() -> None:
    explained = (ROOT / ".env.example").read_text()
    for name in Settings.model_fields:
        assert f"GIAOUOC_{name.upper()}=" in explained, name


def test_the_example_explains_no_setting_that_does_not_exist() -> None:
    known = {f"GIAOUOC_{name.upper()}" for name in Settings.model_fields}
    for line in (ROOT / ".env.example").read_text().splitlines():
        if line.startswith("#GIAOUOC_"):
            assert line[1:].partition("=")[0] in known


# --- a channel is known in the rooms that CONTRIBUTING.md names, and in no other -----------------------------------

KNOWS_CHANNELS = (
    "models/settings.py", "models/rules/quota.py", "models/logs.py", "bot/channels/", "bot/lines.py", "bot/examined.py",
    "api/services/queues/pacing.py", "api/services/invitations.py", "api/shapes.py", "api/examples.py",
    "bot/dialogue/phrases/channels.py",
)  # fmt: skip
"""Settings, terms and pace; the channel itself and where its bots are made and asked; the links of its codes; what it
is called."""


@pytest.mark.parametrize("room", ROOMS)
def test_a_channel_is_named_only_where_contributing_says(room: str) -> None:
    for path in modules(room):
        place = str(path.relative_to(ROOT))
        if not place.startswith(KNOWS_CHANNELS):
            for number, name in _named(ast.parse(path.read_text())):
                assert not re.search("telegram|zalo", name), f"{place}:{number}: {name}"


def _named(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Names in the code, and texts that are no prose: what a program could decide by."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.replace("_", "").isalnum():
            yield node.lineno, node.value.lower()
        elif isinstance(node, ast.Name):
            yield node.lineno, node.id.lower()
        elif isinstance(node, ast.Attribute):
            yield node.lineno, node.attr.lower()
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg.lower()
