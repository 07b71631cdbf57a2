"""A small bloc in a database: two agencies owe one report."""

from datetime import UTC, date, datetime

from sqlmodel import Session

from models.tables import Agency, Bloc, Milestone, Obligation, Season, Update

NOW = datetime(2024, 6, 12, 3, 0, tzinfo=UTC)
OURS, THEIRS = 1, 2
"""Obligations of Sở Tư pháp and of Thanh tra tỉnh."""


def small_bloc(session: Session) -> None:
    """Obligations 1 and 2, of agencies 1 and 2, in season 1 of bloc 1."""
    for row in (
        Bloc(id=1, slug="noi-chinh", name="Khối Nội chính"),
        Agency(id=1, bloc_id=1, name="Sở Tư pháp", short="STP"),
        Agency(id=2, bloc_id=1, name="Thanh tra tỉnh", short="TTT"),
        Season(
            id=1, bloc_id=1, year=2024, starts_on=date(2024, 1, 1), ends_on=date(2024, 12, 31), started_at=NOW
        ),
        Milestone(id=1, season_id=1, key="M05", number=5, title="Báo cáo sơ kết 6 tháng", due_on=date(2024, 6, 15)),
        Obligation(id=OURS, season_id=1, milestone_id=1, agency_id=1),
        Obligation(id=THEIRS, season_id=1, milestone_id=1, agency_id=2),
    ):  # fmt: skip
        session.add(row)
        session.flush()


def answer(session: Session, obligation_id: int = OURS, kind: str = "evidence", undoes: int | None = None) -> int:
    """A new update; its id is the receipt's number."""
    row = Update(obligation_id=obligation_id, kind=kind, at=NOW, channel="web", undoes_id=undoes)
    session.add(row)
    session.flush()
    assert row.id is not None
    return row.id
