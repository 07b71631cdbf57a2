"""Databases to measure on: many blocs of eight agencies, built from rows, not through the bloc file."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session, SQLModel

from models.tables import (
    Address,
    Agency,
    Binding,
    Bloc,
    Conversation,
    Covenant,
    Milestone,
    Obligation,
    Person,
    Post,
    Season,
    Seat,
    Update,
)

START = datetime(2024, 1, 2, 1, tzinfo=UTC)
AGENCIES, MILESTONES = 8, 12


def furnish(session: Session, agencies: int, *, answered: bool = False, per_bloc: int = AGENCIES) -> int:
    """So many agencies with twelve milestones each, a linked focal point in every one. Returns the first bloc's id."""
    blocs = -(-agencies // per_bloc)
    every = range(1, blocs + 1)
    year = {"year": 2024, "starts_on": date(2024, 1, 1), "ends_on": date(2024, 12, 31), "closed": False}
    nothing = {"legal_basis": [], "documents": [], "movements": [], "facts": {}}
    called = {"kind": "khối", "settings": {}, "revision": 0}
    put(session, Bloc, ({"id": b, "slug": f"bloc-{b}", "name": f"Khối {b}", **called} for b in every))
    put(session, Season, ({"id": b, "bloc_id": b, "started_at": START, **year} for b in every))
    put(session, Covenant, ({"season_id": b, **nothing} for b in every))
    put(session, Milestone, (_milestone(b, number) for b in every for number in range(1, MILESTONES + 1)))
    owners = [(agency, (agency - 1) // per_bloc + 1) for agency in range(1, agencies + 1)]
    put(session, Agency, ({"id": a, "bloc_id": b, "name": f"Đơn vị {a}", "short": f"D{a}", "off_channel": False}
                          for a, b in owners))  # fmt: skip
    put(session, Seat, ({"season_id": b, "agency_id": (b - 1) * per_bloc + 1, "kind": "head"}
                        for b in every))  # fmt: skip
    put(session, Person, ({"id": a, "name": f"Cán bộ {a}"} for a, _ in owners))
    post, there = {"role": "focal", "since": date(2024, 1, 1)}, {"channel": "telegram", "bot": "1", "state": "open"}
    put(session, Post, ({"id": a, "person_id": a, "bloc_id": b, "agency_id": a, **post} for a, b in owners))
    put(session, Address, ({"id": a, "chat": str(a), "created_at": START, **there} for a, _ in owners))
    put(session, Binding, ({"address_id": a, "post_id": a, "bound_at": START} for a, _ in owners))
    put(session, Conversation, ({"address_id": a, "state": {}, "heard_at": START} for a, _ in owners))
    put(session, Obligation, ({"id": (a - 1) * MILESTONES + n, "season_id": b, "agency_id": a, "followed": True,
                               "milestone_id": (b - 1) * MILESTONES + n, "look_on": date(2024, 1, 2)}
                              for a, b in owners for n in range(1, MILESTONES + 1)))  # fmt: skip
    if answered:
        said = {"kind": "progress", "channel": "telegram"}
        put(session, Update, ({"obligation_id": (a - 1) * MILESTONES + n, "at": START + timedelta(days=n),
                               "percent": 10 * k, **said}
                              for a, _ in owners for n in range(1, 7) for k in (1, 2)))  # fmt: skip
    return 1


def put(session: Session, table: type[SQLModel], rows: Iterable[dict[str, Any]]) -> None:
    """Insert rows in pieces."""
    waiting = list(rows)
    for start in range(0, len(waiting), 5000):
        session.execute(insert(table), waiting[start : start + 5000])


def _milestone(bloc: int, number: int) -> dict[str, Any]:
    return {
        "id": (bloc - 1) * MILESTONES + number, "season_id": bloc, "key": f"M{number}", "number": number,
        "title": f"Báo cáo tháng {number}", "due_on": date(2024, number, 20), "owed_by": "all", "evidence": "any",
        "aliases": [], "is_default": False, "is_report": False, "important": False, "ad_hoc": False, "outside": False,
    }  # fmt: skip
