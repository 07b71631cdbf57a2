"""The head's word over HTTP: confirmed, returned, an extension decided, waived, taken back. The same word once more
changes nothing. `now` is covenant time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import insert, select, update
from sqlmodel import Session, col

from api.refusals import Conflict, Forbidden, NotFound
from api.security import Caller
from api.services import ledger, rulings, seasons
from api.services.talks.book import revisions_of, terms_of
from api.services.talks.facts import items_by_id
from api.shapes import ObligationLine
from bot.dialogue.phrases import rulings as phrases
from bot.dialogue.rulings.values import TellAgency
from bot.dialogue.tasks.undoing import VERDICTS, WITHIN
from bot.dialogue.values import Item
from models.columns import core
from models.rules import calendar
from models.rules.progress import senders
from models.tables import Milestone, Obligation, Promise, Season, Update

UPDATE = core(Update)
CHANNEL = "api"
Kind = Literal["confirmed", "returned", "extended", "not_extended", "waived", "undo"]


@dataclass(frozen=True, slots=True)
class Judge:
    """Who speaks, of which bloc, and when."""

    session: Session
    who: Caller
    bloc_id: int
    season_id: int
    now: datetime
    wire_now: datetime


def review(judge: Judge, code: str, verdict: Literal["confirm", "return"], reason: str | None) -> ObligationLine:
    """Raises NotFound, Forbidden, Conflict."""
    item = _held(judge, code)
    title = _speaks_as(judge, item)
    kind: Kind = "confirmed" if verdict == "confirm" else "returned"
    ruled = item.standing.ruling
    if item.standing.state == kind and ruled and (kind == "confirmed" or ruled.note == reason):
        return ledger.line_of(judge.session, item)
    if item.standing.state != "submitted":
        raise Conflict(_state_of(judge, item))
    if judge.who.person_id in senders(item.ask, item.standing):
        raise Forbidden("whoever has sent or recorded it does not confirm it")
    told = (
        TellAgency(item.obligation_id, phrases.told_confirmed(item, title))
        if kind == "confirmed"
        else TellAgency(item.obligation_id, phrases.told_returned(item, title, reason or "", None), asks=True)
    )
    return _rule(judge, item, kind, told, note=reason)


def decide_extension(judge: Judge, code: str, *, grant: bool, reason: str | None) -> ObligationLine:
    """Raises NotFound, Forbidden, Conflict."""
    item = _held(judge, code)
    terms = terms_of(judge.session, revisions_of(judge.session, [judge.bloc_id])[0])
    title = _speaks_as(judge, item, head_only=terms.extension.decided_by == "head")
    asked = item.standing.extension_asked
    if asked is None or asked.due_on is None:
        if _decided_the_same(item, grant=grant):
            return ledger.line_of(judge.session, item)
        raise Conflict(f"no extension of {_id(item)} waits for a decision")
    rests = terms.extension.effect == "rests"
    told = phrases.told_extension(item, title, asked.due_on, reason, yes=grant, rests=rests)
    moves, rests_until = grant and not rests, asked.due_on if grant and rests else None
    kind: Kind = "extended" if grant else "not_extended"
    tell = TellAgency(item.obligation_id, told)
    return _rule(judge, item, kind, tell, rests_until, note=reason, due_on=asked.due_on if moves else None)


def _decided_the_same(item: Item, *, grant: bool) -> bool:
    decision = item.standing.decision
    return decision is not None and decision.kind == ("extended" if grant else "not_extended")


def waive(judge: Judge, code: str, reason: str) -> ObligationLine:
    """Raises NotFound, Forbidden, Conflict."""
    item = _held(judge, code)
    title = _speaks_as(judge, item, head_only=True)
    if item.standing.state == "waived":
        return ledger.line_of(judge.session, item)
    if not item.standing.is_open:
        raise Conflict(_state_of(judge, item))
    told = phrases.told_waived(item, title, reason)
    return _rule(judge, item, "waived", TellAgency(item.obligation_id, told), note=reason)


def take_back(judge: Judge, code: str, kinds: Sequence[str]) -> ObligationLine:
    """The last ruling of these kinds that stands no longer does; where there is none, nothing changes. Raises
    NotFound, Forbidden, Conflict."""
    item = _held(judge, code)
    title = _speaks_as(judge, item, head_only="waived" in kinds)
    ruled = next((one for one in reversed(item.standing.rulings) if one.kind in kinds), None)
    if ruled is None:
        return ledger.line_of(judge.session, item)
    if ruled.kind in VERDICTS and judge.now - ruled.at > WITHIN:
        raise Conflict(f"{_state_of(judge, item)}: more than a minute ago, the agency works on with it")
    due_again = item.standing.due_without(ruled.id) or _own_date(judge, item)
    told = TellAgency(item.obligation_id, phrases.told_taken_back(item, title, ruled.kind, due_again), undoes=ruled.id)
    return _rule(judge, item, "undo", told, undoes_id=ruled.id)


def _own_date(judge: Judge, item: Item) -> date:
    """The milestone's."""
    found: date = judge.session.execute(
        select(col(Milestone.due_on)).where(col(Milestone.id) == item.milestone_id)
    ).scalar_one()
    return found


# --- who, of what -------------------------------------------------------------------------------------------------


def _held(judge: Judge, code: str) -> Item:
    """The obligation `K5-STP`; its row is held until the end of the transaction. Raises NotFound."""
    number, _, short = code[1:].partition("-")
    agency_id = ledger.agency_of(judge.session, judge.bloc_id, short)
    row = judge.session.execute(
        select(col(Obligation.id))
        .join(Milestone, col(Milestone.id) == col(Obligation.milestone_id))
        .join(Season, col(Season.id) == col(Obligation.season_id))
        .where(
            col(Obligation.season_id) == judge.season_id,
            col(Milestone.number) == int(number),
            col(Obligation.agency_id) == agency_id,
        )
        .with_for_update(of=Obligation)
    ).scalar()
    if row is None:
        raise NotFound(f"no obligation {code} in this season")
    return items_by_id(judge.session, [row], judge.now)[0]


def _speaks_as(judge: Judge, item: Item, *, head_only: bool = False) -> str:
    """What the caller is called; nobody decides about the own agency. Raises Forbidden."""
    who, seats = judge.who, seasons.seats_of(judge.session, judge.season_id)
    terms = terms_of(judge.session, revisions_of(judge.session, [judge.bloc_id])[0])
    of_head = seats.get(item.agency_id) == "head"
    seconded = bool(seasons.seconded(judge.session, [judge.season_id], calendar.STANDARD.today(judge.now)))
    if who.role == "admin":
        if not of_head or seconded:
            raise Forbidden("an administrator only rules on the head's own tasks, where no deputy sits")
        return phrases.ADMINISTRATOR
    seat = seats.get(who.agency_id or 0) if who.post_id else "head"
    if seat is None or who.role not in ("head", "desk", "leader"):
        raise Forbidden("only whoever sits in a seat of the bloc, and their desk")
    if item.agency_id == who.agency_id or (of_head and seat == "head"):
        instead = "a deputy" if seconded else "there is no deputy: an administrator"
        raise Forbidden(f"{_id(item)} is the own agency's: {instead} decides")
    if head_only and (who.role == "desk" or (seat != "head" and not of_head)):
        raise Forbidden("only the bloc's head")
    return terms.head_title if seat == "head" else terms.deputy_title


def _id(item: Item) -> str:
    return f"{item.code}-{item.short}"


def _state_of(judge: Judge, item: Item) -> str:
    """Where it stands instead, and who has said so."""
    ruled = item.standing.ruling
    if ruled is None or item.standing.state not in ("confirmed", "returned"):
        return f"{_id(item)} is {item.standing.state}"
    by = rulings.look(judge.session, [item], calendar.STANDARD.today(judge.now)).people
    name = dict(by).get(ruled.person_id or 0)
    at = ruled.at.astimezone(calendar.STANDARD.zone).isoformat(timespec="minutes")
    return f"{_id(item)} is {item.standing.state} since {at}" + (f", by {name}" if name else "")


# --- stored -------------------------------------------------------------------------------------------------------


def _rule(
    judge: Judge, item: Item, kind: Kind, told: TellAgency, rests_until: date | None = None, **said: Any
) -> ObligationLine:
    session, today = judge.session, calendar.STANDARD.today(judge.now)
    session.execute(update(Obligation).where(col(Obligation.id) == item.obligation_id).values(look_on=today))
    row = {"obligation_id": item.obligation_id, "kind": kind, "at": judge.now, "channel": CHANNEL}
    new = insert(UPDATE).values(**row, person_id=judge.who.person_id, **said).returning(UPDATE.c.id)
    update_id: int = session.execute(new).scalar_one()
    if rests_until:
        session.add(Promise(update_id=update_id, obligation_id=item.obligation_id, on=rests_until))
        session.flush()
    if kind in ("extended", "undo"):
        rulings.put_date_in_force(session, item.obligation_id)
    by = [judge.who.person_id] if judge.who.person_id else []
    rulings.tell(session, told, update_id, by, judge.now, judge.wire_now)
    return ledger.line_of(session, items_by_id(session, [item.obligation_id], judge.now)[0])
