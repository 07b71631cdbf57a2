"""The ledger in the callers' words: obligations, messages, and the whole story of one obligation."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlmodel import Session, col

from api.moments import local
from api.refusals import Invalid, NotFound
from api.services import reached, stories
from api.services.status import read
from api.services.talks.facts import items_by_id, items_of_season
from api.shapes import (
    BlocLine,
    Blocs,
    EvidenceLine,
    LastUpdate,
    MessageLine,
    Messages,
    ObligationLine,
    Obligations,
    Story,
)
from bot.dialogue.values import Item
from models.rules import calendar
from models.rules.progress import Fact
from models.tables import (
    Address,
    Agency,
    Bloc,
    Evidence,
    Milestone,
    Obligation,
    Outbox,
    Person,
    Post,
    Reminder,
    Season,
    Update,
)


def obligations(
    session: Session,
    season_id: int,
    now: datetime,
    *,
    agency_id: int | None = None,
    state: str | None = None,
    limit: int = 100,
    cursor: str | None = None,
) -> Obligations:
    """A page of what is owed in a season, by due date; the cursor is how many were given before."""
    skip = _number(cursor)
    items = [
        item
        for item in items_of_season(session, season_id, now)
        if (agency_id is None or item.agency_id == agency_id) and (state is None or item.standing.state == state)
    ]
    page = items[skip : skip + limit]
    names = _names(session, page)
    files = _files(session, [item.obligation_id for item in page])
    return Obligations(
        items=[_line(item, names, files.get(item.obligation_id, [])) for item in page],
        next=str(skip + limit) if skip + limit < len(items) else None,
    )


def _number(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not re.fullmatch(r"\d{1,9}", cursor):
        raise Invalid("the cursor is what `next` gave")
    return int(cursor)


def _names(session: Session, items: Iterable[Item]) -> dict[int, str]:
    ids = {item.standing.last.person_id for item in items if item.standing.last and item.standing.last.person_id}
    rows = session.execute(select(col(Person.id), col(Person.name)).where(col(Person.id).in_(ids)))
    return dict(rows.all())


def _files(session: Session, obligation_ids: Sequence[int]) -> dict[int, list[EvidenceLine]]:
    rows = session.execute(
        select(Evidence, col(Update.at), col(Update.channel))
        .join(Update, col(Update.id) == col(Evidence.update_id))
        .where(col(Evidence.obligation_id).in_(obligation_ids))
        .order_by(col(Evidence.update_id))
    )
    found: dict[int, list[EvidenceLine]] = {}
    for file, at, channel in rows:
        line = EvidenceLine(
            receipt=f"BN-{file.update_id:04d}", name=file.name, size=file.size, sha256=file.sha256, at=local(at),
            channel=channel,
        )  # fmt: skip
        found.setdefault(file.obligation_id, []).append(line)
    return found


def line_of(session: Session, item: Item) -> ObligationLine:
    """One obligation as the list gives it."""
    return _line(item, _names(session, [item]), _files(session, [item.obligation_id]).get(item.obligation_id, []))


def _line(item: Item, names: dict[int, str], files: list[EvidenceLine]) -> ObligationLine:
    counted = {f"BN-{fact.id:04d}" for fact in item.standing.facts}
    return ObligationLine(
        code=item.code,
        id=f"{item.code}-{item.short}",
        agency=item.agency,
        milestone=item.title,
        due_on=item.due_on,
        state=item.standing.state,
        updates=len(item.standing.facts),
        last_update=_last(item.standing.last, names) if item.standing.last else None,
        promise_on=item.standing.promise_on,
        extensions=item.standing.extensions,
        evidence=[file for file in files if file.receipt in counted],
    )


def _last(fact: Fact, names: dict[int, str]) -> LastUpdate:
    return LastUpdate(
        percent=fact.percent,
        value=fact.value,
        note=fact.note,
        letter=fact.letter,
        at=local(fact.at),
        by=names.get(fact.person_id) if fact.person_id else None,
        channel=fact.channel,
        proxy=fact.proxy,
    )


def blocs(session: Session, *, bloc_id: int | None, limit: int = 100, cursor: str | None = None) -> Blocs:
    """A page of the blocs, all or one of them; the cursor is how many were given before."""
    skip = _number(cursor)
    wanted = select(col(Bloc.id), col(Bloc.slug), col(Bloc.name)).order_by(col(Bloc.slug))
    if bloc_id is not None:
        wanted = wanted.where(col(Bloc.id) == bloc_id)
    rows = session.execute(wanted.offset(skip).limit(limit + 1)).all()
    page = rows[:limit]
    years: dict[int, list[int]] = {}
    of_these = select(col(Season.bloc_id), col(Season.year)).where(col(Season.bloc_id).in_([row[0] for row in page]))
    for of_bloc, year in session.execute(of_these.order_by(col(Season.year))):
        years.setdefault(of_bloc, []).append(year)
    return Blocs(
        items=[BlocLine(bloc=slug, name=name, seasons=years.get(of_bloc, [])) for of_bloc, slug, name in page],
        next=str(skip + limit) if len(rows) > limit else None,
    )


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which messages of a bloc; None: whichever."""

    since: datetime | None = None
    """Covenant time of planning."""
    person_id: int | None = None
    kind: str | None = None
    agency_id: int | None = None
    """To people who hold a post in this agency now."""


def messages(
    session: Session, bloc_id: int, wanted: Wanted, now: datetime, *, limit: int = 100, cursor: str | None = None
) -> Messages:
    """A page of the delivery ledger, oldest first; the cursor is the last id that was given."""
    conditions = [col(Outbox.bloc_id) == bloc_id, col(Outbox.id) > _number(cursor)]
    if wanted.since is not None:
        conditions.append(col(Outbox.planned_at) >= wanted.since)
    if wanted.person_id is not None:
        conditions.append(col(Outbox.person_id) == wanted.person_id)
    if wanted.kind is not None:
        conditions.append(col(Outbox.kind) == wanted.kind)
    if wanted.agency_id is not None:
        there = select(col(Post.person_id)).where(col(Post.agency_id) == wanted.agency_id, *_living(now))
        conditions.append(col(Outbox.person_id).in_(there))
    rows = session.execute(
        select(Outbox, col(Address.channel))
        .join(Address, col(Address.id) == col(Outbox.address_id))
        .where(*conditions)
        .order_by(col(Outbox.id))
        .limit(limit + 1)
    ).all()
    agencies = _agencies(session, bloc_id, [row.person_id for row, _ in rows if row.person_id], now)
    page = rows[:limit]
    planned = _planned_codes(session, [row.id for row, _ in page if row.id and not row.codes])
    return Messages(
        items=[_message(row, channel, agencies, planned) for row, channel in page],
        next=str(page[-1][0].id) if len(rows) > limit else None,
    )


def _living(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Posts that are held today."""
    today = calendar.STANDARD.today(now)
    return col(Post.since) <= today, or_(col(Post.until).is_(None), col(Post.until) > today)


def _agencies(session: Session, bloc_id: int, person_ids: Sequence[int], now: datetime) -> dict[int, str]:
    """The agency of each person: where a post is held now, else where the last one was."""
    today = calendar.STANDARD.today(now)
    rows = session.execute(
        select(col(Post.person_id), col(Agency.name))
        .join(Agency, col(Agency.id) == col(Post.agency_id))
        .where(col(Post.bloc_id) == bloc_id, col(Post.person_id).in_(set(person_ids)))
        .order_by(func.coalesce(col(Post.until), today + timedelta(days=1)), col(Post.id).desc())
    )
    return dict(rows.all())


def _planned_codes(session: Session, outbox_ids: Sequence[int]) -> dict[int, list[str]]:
    """What messages are about that have no words yet: the rungs that they carry."""
    rows = session.execute(
        select(col(Reminder.outbox_id), col(Milestone.number))
        .join(Obligation, col(Obligation.id) == col(Reminder.obligation_id))
        .join(Milestone, col(Milestone.id) == col(Obligation.milestone_id))
        .where(col(Reminder.outbox_id).in_(outbox_ids))
        .order_by(col(Milestone.due_on), col(Milestone.number))
    )
    found: dict[int, list[str]] = {}
    for outbox_id, number in rows:
        found.setdefault(outbox_id, []).append(f"K{number}")
    return {outbox_id: list(dict.fromkeys(codes)) for outbox_id, codes in found.items()}


def _message(row: Outbox, channel: str, agencies: dict[int, str], planned: dict[int, list[str]]) -> MessageLine:
    return MessageLine(
        id=row.id or 0,
        kind=row.kind,
        agency=agencies.get(row.person_id) if row.person_id else None,
        channel=channel,
        codes=row.codes or planned.get(row.id or 0, []),
        planned_at=local(row.planned_at),
        sent_at=local(row.sent_at) if row.sent_at else None,
        attempts=row.attempt,
        state="queued" if row.state == "claimed" else row.state,
        why=row.why,
    )


def season_with(session: Session, bloc_id: int, code: str) -> int | None:
    """The newest open season that has a milestone of this code (`K7-STP`); None: none has. Codes count on from one
    open season to the next. Raises Invalid."""
    number, _ = _read(code)
    found: int | None = session.execute(
        select(col(Season.id))
        .join(Milestone, col(Milestone.season_id) == col(Season.id))
        .where(col(Season.bloc_id) == bloc_id, col(Season.closed).is_(False))
        .where(col(Milestone.number) == number)
        .order_by(col(Season.year).desc())
        .limit(1)
    ).scalar()
    return found


def _read(code: str) -> tuple[int, str]:
    """(the milestone's number, the agency's short code)."""
    found = re.fullmatch(r"[Kk](\d{1,4})-(\w+)", code.strip())
    if not found:
        raise Invalid("an obligation is written K7-STP: the milestone's code, a hyphen, the agency's short code")
    return int(found[1]), found[2]


def story(session: Session, bloc_id: int, season_id: int, code: str, now: datetime) -> Story:
    """Everything that happened to `K7-STP`, and why it is silent. Raises Invalid, NotFound."""
    number, short = _read(code)
    agency_id = agency_of(session, bloc_id, short)
    obligation_id = session.execute(
        select(col(Obligation.id))
        .join(Milestone, col(Milestone.id) == col(Obligation.milestone_id))
        .where(
            col(Obligation.season_id) == season_id,
            col(Milestone.number) == number,
            col(Obligation.agency_id) == agency_id,
        )
    ).scalar()
    if obligation_id is None:
        raise NotFound(f"no obligation {code} in this season")
    item = items_by_id(session, [obligation_id], now)[0]
    started_at = stories.started_at(session, season_id)
    events = [
        *_said(session, obligation_id),
        *_sent(session, obligation_id),
        *stories.passed_on(session, obligation_id),
        *stories.held(session, bloc_id, started_at),
        *reached.rows(session, agency_id, started_at, now),
    ]
    quiet_because, look_on = stories.quiet_because(session, item, now)
    return Story(
        id=f"{item.code}-{item.short}",
        agency=item.agency,
        milestone=item.title,
        due_on=item.due_on,
        deadline=local(item.deadline),
        state=item.standing.state,
        bucket=item.bucket,
        silence=read(session, season_id, now, agency_id=agency_id).silences.get(obligation_id),
        quiet_because=quiet_because,
        look_on=look_on,
        events=sorted(events, key=lambda event: event["at"]),
    )


def _said(session: Session, obligation_id: int) -> list[dict[str, Any]]:
    rows = session.execute(select(Update).where(col(Update.obligation_id) == obligation_id)).scalars()
    return [
        {"at": local(row.at), "what": row.kind, "receipt": f"BN-{row.id:04d}", "channel": row.channel}
        | {
            name: value
            for name in ("percent", "value", "note", "letter", "letter_on", "proxy", "undoes_id")
            if (value := getattr(row, name)) is not None
        }
        for row in rows
    ]


def _sent(session: Session, obligation_id: int) -> list[dict[str, Any]]:
    rows = session.execute(
        select(Reminder, Outbox, col(Address.channel))
        .outerjoin(Outbox, col(Outbox.id) == col(Reminder.outbox_id))
        .outerjoin(Address, col(Address.id) == col(Outbox.address_id))
        .where(col(Reminder.obligation_id) == obligation_id)
    )
    return [
        {
            "at": local(reminder.planned_at), "what": "rung", "kind": reminder.kind, "rung": reminder.rung,
            "due_on": reminder.due_on, "message": message.id if message else None, "channel": channel,
            "state": message.state if message else "carried over",
            "sent_at": local(message.sent_at) if message and message.sent_at else None,
            "why": message.why if message else None,
        }
        for reminder, message, channel in rows
    ]  # fmt: skip


def agency_of(session: Session, bloc_id: int, short: str) -> int:
    """The agency with this short code. Raises NotFound."""
    found: int | None = session.execute(
        select(col(Agency.id)).where(col(Agency.bloc_id) == bloc_id, col(Agency.short) == short.upper())
    ).scalar()
    if found is None:
        known = session.execute(
            select(col(Agency.short)).where(col(Agency.bloc_id) == bloc_id).order_by(col(Agency.id))
        )
        raise NotFound(f"no agency {short} in this bloc; there are {', '.join(known.scalars())}")
    return found


def slug_of(session: Session, bloc_id: int) -> str | None:
    found: str | None = session.execute(select(col(Bloc.slug)).where(col(Bloc.id) == bloc_id)).scalar()
    return found
