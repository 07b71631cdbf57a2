"""Bloc files for tests: the ones that ship, and small ones that a test can read at a glance."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session, SQLModel, select

from api.services.loading import blocfile, loading
from api.services.loading.blocfile import BlocFile, BlocFileRefused
from api.services.loading.loading import Loaded
from models.database import Database

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")

SMALL = """\
bloc: Khối Ví dụ
slug: vi-du
season: 2024
agencies:
  - {name: Công an tỉnh, short: CA, seat: head}
  - {name: Sở Tư pháp, short: STP, seat: deputy}
  - {name: Thanh tra tỉnh, short: TTT}
milestones:
  - {key: bc-1, title: Báo cáo một, due: 15/5}
  - {key: bc-2, title: Báo cáo hai, due: 15/8}
"""
"""Three agencies, two milestones, six obligations."""


def at(text: str) -> datetime:
    """`2024-04-02 09:00`, in Hanoi."""
    return datetime.fromisoformat(text).replace(tzinfo=HANOI)


def shipped(name: str) -> BlocFile:
    return blocfile.read(blocfile.sample(name), f"{name}.yaml")


def small(*edits: tuple[str, str]) -> BlocFile:
    """The small file after replacing some of its text."""
    return blocfile.read(edited(SMALL, *edits), "vi-du.yaml")


def edited(text: str, *edits: tuple[str, str]) -> str:
    for old, new in edits:
        assert old in text, f"the file has no {old!r}"
        text = text.replace(old, new)
    return text


def load(database: Database, file: BlocFile, now: str = "2024-04-02 09:00") -> Loaded:
    return database.write_now(lambda session: loading.load(session, file, at(now)))


def problems(content: str | bytes, name: str = "tep.yaml") -> list[str]:
    """What is said about a file that cannot be loaded."""
    with pytest.raises(BlocFileRefused) as refused:
        blocfile.read(content, name)
    return [str(problem) for problem in refused.value.problems]


def rows(database: Database, table: type[SQLModel], **where: Any) -> Sequence[Any]:
    """All rows of a table, oldest first, with these values."""

    def read(session: Session) -> Sequence[Any]:
        return session.exec(select(table)).all()

    found = database.read_now(read)
    fitting = [row for row in found if all(getattr(row, name) == value for name, value in where.items())]
    return sorted(fitting, key=lambda row: getattr(row, "id", 0) or 0)


def put(database: Database, *new: SQLModel) -> list[int]:
    """Store rows as others would; returns their ids."""

    def write(session: Session) -> list[int]:
        session.add_all(new)
        session.flush()
        return [getattr(row, "id", 0) or 0 for row in new]

    return database.write_now(write)
