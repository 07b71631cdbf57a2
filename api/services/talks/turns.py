"""One turn of a conversation: what was heard is stored, thought through and answered in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import bindparam, insert, select, update
from sqlmodel import Session, col

from api.services import invitations, rulings, status, steering
from api.services.desk import looking
from api.services.posts import reading
from api.services.queues import addresses, aside, delivery
from api.services.queues.inbox import is_complete
from api.services.talks import albums, deeds, people, threads
from api.services.talks.book import book_of, terms_of
from api.services.talks.facts import items_of
from api.services.talks.people import Speaker
from bot.dialogue import look, respond, understand
from bot.dialogue import talk as talks
from bot.dialogue.intents import Page
from bot.dialogue.phrases import menu
from bot.dialogue.values import BlocView, EraseSecret, Facts, Needs, Record, Reply, Talk
from models.columns import core
from models.prepared import Prepared
from models.rules import calendar
from models.rules.extension import Extension
from models.rules.progress import Fact
from models.tables import Conversation, Incoming, Update
from models.wire import ChatMenu, Heard, Parcel, StoredFile


@dataclass(frozen=True, slots=True)
class TurnResult:
    stored: bool
    """False: it was heard before."""
    parcels: list[Parcel] = field(default_factory=list)
    filed: bool = False
    """Bytes were attached: `evidence.promote` has something to move once this is committed."""
    erased: bool = False
    """A secret marking was met: `evidence.scrub` must follow the commit."""
    again_at: datetime | None = None
    """Wire time: it waits in the inbox until then."""
    menu: ChatMenu | None = None
    """Set when it may be another than before."""


def hear(
    session: Session,
    heard: Heard,
    now: datetime,
    wire_now: datetime,
    claim_replies: bool = False,
    public_url: str = "http://127.0.0.1:8000",
) -> TurnResult:
    """Store what was heard and, unless its files are still to be fetched, answer it. A replay changes nothing.

    `now` is covenant time, `wire_now` wire time. With `claim_replies` the replies come back as claimed parcels;
    `public_url` is what links in them begin with.
    """
    row = delivery.store(session, heard, wire_now)
    if row.done:
        return TurnResult(stored=False)
    if heard.unread:
        aside.put_unread(session, heard, row.id)
    if heard.unread and not (row.fresh and heard.private):
        return TurnResult(stored=row.fresh)
    if not is_complete(heard) or not heard.chat:
        return TurnResult(stored=row.fresh)
    if heard.files and all(file.told and file.trouble == "unfetchable" for file in heard.files):
        aside.put_unfetched(session, (row.id,))
        return TurnResult(stored=row.fresh)
    album = albums.gather(session, heard, wire_now) if albums.is_part(heard) else albums.Album(heard, (row.id,))
    if isinstance(album, datetime):
        albums.wait(session, row.id, album)
        return TurnResult(stored=row.fresh, again_at=album)
    heard = album.heard
    who = people.speaker(session, heard, calendar.STANDARD.today(now), wire_now)
    turn = deeds.Turn(session, heard, album.rows[0], who, now, wire_now, public_url, album.rows)
    if not row.fresh or albums.is_part(heard):
        for inbox_id in album.rows:
            delivery.think_done(session, inbox_id)
    if heard.kind == "blocked":
        addresses.shut(session, who.address_id, "blocked", now)
    if heard.kind in ("blocked", "unblocked"):
        return TurnResult(stored=row.fresh)
    if heard.kind == "moved":
        addresses.move(session, who.address_id, heard.text, now)
        return TurnResult(stored=row.fresh)
    result = _think(turn, row.fresh, claim_replies)
    if any(file.trouble == "unfetchable" for file in heard.files):
        aside.put_unfetched(session, album.rows)
    return result


def _think(turn: deeds.Turn, fresh: bool, claim_replies: bool) -> TurnResult:
    session, heard, who, now = turn.session, turn.heard, turn.who, turn.now
    book = book_of(session, who.revisions)
    understood = understand(heard, who.talk, who.places, book, calendar.STANDARD.today(now))
    facts = _facts(turn, look(understood))
    reply = respond(understood, facts, who.talk, who.places)
    told = deeds.carry_out(turn, reply)
    _remember(session, who, told.talk, now)
    sent = (
        delivery.reply(session, heard, who, say, turn.inbox_id, now, turn.wire_now, claim_replies) for say in told.says
    )
    return TurnResult(
        stored=fresh,
        parcels=[parcel for parcel in sent if parcel],
        filed=any(isinstance(deed, Record) and deed.file for deed in reply.deeds),
        erased=any(isinstance(deed, EraseSecret) for deed in reply.deeds),
        menu=_menu(turn, understood.intent, reply),
    )


def _menu(turn: deeds.Turn, intent: object, reply: Reply) -> ChatMenu | None:
    """Told to whoever asks for a page, and when somebody was linked or a post has changed."""
    changed = any(not isinstance(deed, Record | EraseSecret) for deed in reply.deeds)
    if not turn.heard.private or not (changed or isinstance(intent, Page)):
        return None
    today = calendar.STANDARD.today(turn.now)
    who = people.speaker(turn.session, turn.heard, today, turn.wire_now) if changed else turn.who
    return ChatMenu(chat=turn.heard.chat, commands=menu.of(who.places))


# --- look ---------------------------------------------------------------------------------------------------------


def _facts(turn: deeds.Turn, needs: Needs) -> Facts:
    """Read exactly what the reply must know."""
    session, who, now, wire_now = turn.session, turn.who, turn.now, turn.wire_now
    terms = terms_of(session, who.revisions[0]) if who.revisions else None
    days = terms.calendar if terms else calendar.STANDARD
    items = tuple(items_of(session, needs.items_of, now, needs.milestones))
    return Facts(
        now=now,
        wire_now=wire_now,
        today=days.today(now),
        question_until=days.end_of_next_working_day(now),
        items=items,
        blocs=tuple(view for bloc_id in needs.blocs for view in _bloc_views(session, who, bloc_id, now)),
        invited=invitations.look_up(session, needs.link_code, wire_now) if needs.link_code else None,
        undoable=_undoable(session, needs.undo),
        contact=invitations.contact(session) if not who.places else None,
        files=_files(session, needs.files),
        posts=reading.look(session, needs.posts, who.places, days.today(now), wire_now),
        rulings=rulings.look(session, items, days.today(now)) if needs.rulings else None,
        extension=terms.extension if terms else Extension(),
        steering=steering.look(session, needs.steering, now) if needs.steering else None,
        desk=looking.look(session, needs.desk, frozenset(who.persons), now) if needs.desk else None,
        filed=threads.filed(session, needs.filed) if needs.filed else None,
        replied=threads.replied(session, turn.heard, who.address_id) if needs.thread else None,
        corrected=threads.corrected(session, turn.heard) if needs.thread else (),
        stale=needs.thread and threads.is_stale(session, turn.heard, who.address_id),
    )


def _bloc_views(session: Session, who: Speaker, bloc_id: int, now: datetime) -> list[BlocView]:
    """Of each open season that this chat leads; of the newest when it leads by its role alone."""
    slug = next(place.slug for place in who.places if place.bloc_id == bloc_id)
    years = who.seat_years.get(bloc_id, (None,))
    seasons = [status.season_of(session, slug, year)[1] for year in years]
    return [status.view(status.read(session, season_id, now)) for season_id in seasons]


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
            key=row.key,
            sha256=row.sha256,
            size=row.size,
            media_type=row.media_type,
            verdict=row.verdict,
            marking=row.marking,
        )
        for row in rows
    }
    return tuple(found[key] for key in keys if key in found)


# --- remember -----------------------------------------------------------------------------------------------------

CONVERSATION = core(Conversation)

_FIRST = insert(CONVERSATION)
_NEXT = Prepared(
    update(CONVERSATION)
    .where(CONVERSATION.c.address_id == bindparam("address"))
    .values(state=bindparam("state"), heard_at=bindparam("heard_at"))
)


def _remember(session: Session, who: Speaker, talk: Talk, now: datetime) -> None:
    state = talks.to_json(talk)
    if who.has_talk:
        _NEXT.run(session, {"address": who.address_id, "state": state, "heard_at": now})
    else:
        session.connection().execute(_FIRST, {"address_id": who.address_id, "state": state, "heard_at": now})
