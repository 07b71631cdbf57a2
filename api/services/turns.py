"""One turn of a conversation: what was heard is stored, thought through and answered in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import bindparam, insert, select, update
from sqlmodel import Session, col

from api.services import delivery, evidence, invitations, people, status
from api.services.book import book_of, terms_of
from api.services.facts import items_of
from api.services.inbox import is_complete
from api.services.people import Speaker
from bot.dialogue import look, respond, understand
from bot.dialogue import talk as talks
from bot.dialogue.values import Bind, BlocView, Deed, EraseSecret, Facts, MakeCode, Needs, Record, Reply, Talk
from models.rules import calendar
from models.rules.progress import Fact
from models.tables import Audit, Conversation, Incoming, Obligation, Promise, Update
from models.wire import Heard, Parcel, Say, StoredFile


@dataclass(frozen=True, slots=True)
class TurnResult:
    stored: bool
    """False: it was heard before."""
    parcels: list[Parcel]


def hear(session: Session, heard: Heard, now: datetime, wire_now: datetime, claim_replies: bool = False) -> TurnResult:
    """Store what was heard and, unless its files are still to be fetched, answer it. A replay changes nothing.

    `now` is covenant time, `wire_now` wire time. With `claim_replies` the replies come back as claimed parcels.
    """
    row = delivery.store(session, heard, wire_now)
    if row.done:
        return TurnResult(stored=False, parcels=[])
    if not is_complete(heard) or not heard.chat:
        return TurnResult(stored=row.fresh, parcels=[])
    parcels = _think(session, row.id, heard, now, wire_now, claim_replies)
    return TurnResult(stored=row.fresh, parcels=parcels)


def _think(
    session: Session, inbox_id: int, heard: Heard, now: datetime, wire_now: datetime, claim_replies: bool
) -> list[Parcel]:
    today = calendar.of({}).today(now)
    who = people.speaker(session, heard, today, wire_now)
    if heard.kind in ("blocked", "unblocked"):
        people.set_state(session, who.address_id, "blocked" if heard.kind == "blocked" else "open")
        delivery.think_done(session, inbox_id)
        return []
    book = book_of(session, who.revisions)
    understood = understand(heard, who.talk, who.places, book, today)
    facts = _facts(session, who, look(understood), now, wire_now)
    reply = respond(understood, facts, who.talk, who.places)
    told = _carry_out(session, who, heard, inbox_id, reply, now, wire_now)
    _remember(session, who, told.talk, now)
    delivery.think_done(session, inbox_id)
    return [
        parcel
        for say in told.says
        if (parcel := delivery.reply(session, heard, who, say, inbox_id, now, wire_now, claim_replies))
    ]


# --- look ---------------------------------------------------------------------------------------------------------


def _facts(session: Session, who: Speaker, needs: Needs, now: datetime, wire_now: datetime) -> Facts:
    days = terms_of(session, who.revisions[0]).calendar if who.revisions else calendar.of({})
    return Facts(
        now=now,
        wire_now=wire_now,
        today=days.today(now),
        question_until=days.end_of_next_working_day(now),
        items=tuple(items_of(session, needs.items_of, now)),
        blocs=tuple(_bloc_view(session, who, bloc_id, now) for bloc_id in needs.blocs),
        invited=invitations.look_up(session, needs.link_code, wire_now) if needs.link_code else None,
        undoable=_undoable(session, needs.undo),
        contact=invitations.contact(session) if not who.places else None,
        files=_files(session, needs.files),
    )


def _bloc_view(session: Session, who: Speaker, bloc_id: int, now: datetime) -> BlocView:
    slug = next(place.slug for place in who.places if place.bloc_id == bloc_id)
    _, season_id, _ = status.season_of(session, slug, who.seat_years.get(bloc_id))
    return status.view(status.read(session, season_id, now))


_UNDOABLE = select(
    col(Update.obligation_id), col(Update.id), col(Update.kind), col(Update.at), col(Update.percent),
    col(Update.value), col(Update.note), col(Update.letter), col(Update.letter_on),
).where(col(Update.id).in_(bindparam("ids", expanding=True)))  # fmt: skip


def _undoable(session: Session, ids: Sequence[int]) -> tuple[tuple[int, Fact], ...]:
    if not ids:
        return ()
    return tuple((row[0], Fact(*row[1:])) for row in session.execute(_UNDOABLE, {"ids": list(ids)}))


def _files(session: Session, keys: Sequence[str]) -> tuple[StoredFile, ...]:
    if not keys:
        return ()
    rows = session.execute(select(Incoming).where(col(Incoming.key).in_(keys))).scalars()
    found = {
        row.key: StoredFile(
            key=row.key, sha256=row.sha256, size=row.size, media_type=row.media_type, verdict=row.verdict
        )
        for row in rows
    }
    return tuple(found[key] for key in keys if key in found)


# --- carry out ----------------------------------------------------------------------------------------------------


def _carry_out(
    session: Session, who: Speaker, heard: Heard, inbox_id: int, reply: Reply, now: datetime, wire_now: datetime
) -> Reply:
    """Do what the reply wants done, and put receipts and codes into its words."""
    receipts: list[int] = []
    words: dict[str, str] = {}
    for deed in reply.deeds:
        match deed:
            case Record():
                receipts.append(_record(session, who, heard, inbox_id, deed, now))
                words[f"{{BN{len(receipts) - 1}}}"] = receipt(receipts[-1])
            case _:
                words |= _other(session, who, heard, inbox_id, deed, now, wire_now)
    talk = replace(reply.talk, last=tuple(receipts)) if receipts else reply.talk
    return replace(reply, says=tuple(_filled(say, words) for say in reply.says), talk=talk)


def receipt(update_id: int) -> str:
    return f"BN-{update_id:04d}"


def _filled(say: Say, words: dict[str, str]) -> Say:
    if not words:
        return say
    text = say.text
    for mark, word in words.items():
        text = text.replace(mark, word)
    return say.model_copy(update={"text": text})


def _other(
    session: Session, who: Speaker, heard: Heard, inbox_id: int, deed: Deed, now: datetime, wire_now: datetime
) -> dict[str, str]:
    match deed:
        case Bind():
            invitations.bind(session, deed.invitation_id, who.address_id, heard.sender, now, wire_now)
        case MakeCode():
            code = invitations.new_code(session, deed.bloc_id, deed.agency_id, deed.role, wire_now)
            _audit(session, who, "new_code", f"agency:{deed.agency_id}", now, {"role": deed.role})
            return {"{CODE}": f"{code[:4]} {code[4:]}"}
        case EraseSecret():
            keys = [file.stored for file in heard.files if file.stored] + [draft.key for draft in who.talk.draft]
            evidence.erase(session, keys)
            delivery.erase_heard(session, inbox_id)
            _audit(session, who, "erased_secret", f"inbox:{inbox_id}", now, {"marking": deed.marking})
    return {}


def _audit(
    session: Session, who: Speaker, deed: str, subject: str, now: datetime, detail: dict[str, str] | None = None
) -> None:
    session.execute(
        insert(Audit).values(at=now, actor=f"address:{who.address_id}", deed=deed, subject=subject, detail=detail or {})
    )


_LOCK = (
    update(Obligation)
    .where(col(Obligation.id) == bindparam("obligation"))
    .values(look_on=bindparam("day"))
    .returning(col(Obligation.agency_id))
)
_RECORD = insert(Update).returning(col(Update.id))


def _record(session: Session, who: Speaker, heard: Heard, inbox_id: int, deed: Record, now: datetime) -> int:
    """Store one update. Touching the obligation first keeps its updates in order, and has the planner look again."""
    today = calendar.of({}).today(now)
    agency_id = session.execute(_LOCK, {"obligation": deed.obligation_id, "day": today}).scalar_one()
    speaks = next((place for place in who.places if place.agency_id == agency_id), None) or who.places[0]
    update_id: int = session.execute(
        _RECORD,
        {
            "obligation_id": deed.obligation_id, "kind": deed.kind, "at": now, "percent": deed.percent,
            "value": deed.value, "note": deed.note, "letter": deed.letter, "letter_on": deed.letter_on,
            "undoes_id": deed.undoes_id, "person_id": deed.person_id or speaks.person_id,
            "address_id": who.address_id, "channel": heard.channel, "proxy": deed.proxy, "inbox_id": inbox_id,
        },
    ).scalar_one()  # fmt: skip
    if deed.promise_on:
        promise = {"update_id": update_id, "obligation_id": deed.obligation_id, "on": deed.promise_on}
        session.execute(insert(Promise), promise)
    if deed.file:
        evidence.attach(session, deed.file, deed.obligation_id, update_id)
    return update_id


# --- remember -----------------------------------------------------------------------------------------------------

_FIRST = insert(Conversation)
_NEXT = update(Conversation).where(col(Conversation.address_id) == bindparam("address"))


def _remember(session: Session, who: Speaker, talk: Talk, now: datetime) -> None:
    state = talks.to_json(talk)
    if who.has_talk:
        session.execute(_NEXT.values(state=state, heard_at=now), {"address": who.address_id})
    else:
        session.execute(_FIRST, {"address_id": who.address_id, "state": state, "heard_at": now})
