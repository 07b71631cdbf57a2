"""What a reply wants done, carried out in the transaction that stores the message."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import bindparam, insert, select, update
from sqlmodel import Session

from api.services import evidence, invitations, rulings, steering
from api.services.desk import deeds as desk
from api.services.posts import deeds as posts
from api.services.queues import delivery
from api.services.talks.people import Speaker
from api.services.uploads import links
from bot.dialogue.orders.values import is_order_deed
from bot.dialogue.phrases import succession as phrases
from bot.dialogue.posts.values import POST_DEEDS
from bot.dialogue.rulings.values import is_ruling_deed
from bot.dialogue.steering.values import is_steering_deed
from bot.dialogue.values import Bind, Deed, Draft, EraseSecret, MakeCode, MakeUploadLink, Record, Reply
from models.columns import core
from models.prepared import Prepared
from models.rules import calendar
from models.tables import Audit, Obligation, Promise, Update
from models.wire import Heard, Say

AUDIT, OBLIGATION, PROMISE, UPDATE = core(Audit), core(Obligation), core(Promise), core(Update)


@dataclass(frozen=True, slots=True)
class Turn:
    """One message being thought through: by whom, and when (`now` is covenant time, `wire_now` wire time)."""

    session: Session
    heard: Heard
    inbox_id: int
    who: Speaker
    now: datetime
    wire_now: datetime
    public_url: str = ""
    """What links begin with."""
    rows: tuple[int, ...] = ()
    """Inbox rows that are thought through as this one message: the pictures of an album."""


def carry_out(turn: Turn, reply: Reply) -> Reply:
    """Do what the reply wants done, and put receipts, codes and links into its words."""
    receipts: list[int] = []
    words: dict[str, str] = {}
    drafts: tuple[Draft, ...] = ()
    for deed in reply.deeds:
        if isinstance(deed, Record):
            receipts.append(_record(turn, deed))
            words[f"{{BN{len(receipts) - 1}}}"] = receipt(receipts[-1])
        elif isinstance(deed, Bind):
            sender, address_id = turn.heard.sender, turn.who.address_id
            drafts += posts.bind(turn.session, deed, address_id, sender, turn.now, turn.wire_now)
        elif is_ruling_deed(deed):
            by = turn.who.persons
            newest = receipts[-1] if receipts else -turn.inbox_id
            rulings.tell(turn.session, deed, newest, by, turn.now, turn.wire_now)
        else:
            words |= _other(turn, deed)
    talk = replace(reply.talk, last=tuple(receipts)) if receipts else reply.talk
    says = tuple(_filled(say, words) for say in reply.says)
    if drafts:
        talk, says = replace(talk, draft=(*talk.draft, *drafts)), (*says, phrases.drafts_taken(len(drafts)))
    return replace(reply, says=says, talk=talk)


def receipt(update_id: int) -> str:
    return f"BN-{update_id:04d}"


def _filled(say: Say, words: dict[str, str]) -> Say:
    text = say.text
    for mark, word in words.items():
        text = text.replace(mark, word)
    return say.model_copy(update={"text": text}) if words else say


def _other(turn: Turn, deed: Deed) -> dict[str, str]:
    if is_steering_deed(deed):
        steering.carry_out(turn.session, deed, turn.who.persons[0], turn.now, turn.wire_now)
        return {}
    if is_order_deed(deed):
        return desk.carry_out(turn.session, deed, turn.who.persons, turn.now, turn.wire_now)
    if isinstance(deed, POST_DEEDS):
        return posts.carry_out(turn.session, deed, turn.who.address_id, turn.now, turn.wire_now)
    match deed:
        case MakeCode():
            code = invitations.new_code(turn.session, deed.bloc_id, deed.agency_id, deed.role, turn.wire_now)
            _audit(turn, "new_code", f"agency:{deed.agency_id}", {"role": deed.role})
            return {"{CODE}": f"{code[:4]} {code[4:]}"}
        case MakeUploadLink():
            return {"{LINK}": f"{turn.public_url}/u/{_upload_link(turn, deed.obligation_id)}"}
        case EraseSecret():
            keys = [file.stored for file in turn.heard.files if file.stored]
            keys += [draft.key for draft in turn.who.talk.draft]
            evidence.erase(turn.session, keys, deed.marking)
            for inbox_id in {turn.inbox_id, *turn.rows}:
                delivery.erase_heard(turn.session, inbox_id)
            _audit(turn, "erased_secret", f"inbox:{turn.inbox_id}", {"marking": deed.marking})
    return {}


def _upload_link(turn: Turn, obligation_id: int) -> str:
    agency = select(OBLIGATION.c.agency_id).where(OBLIGATION.c.id == obligation_id)
    agency_id = turn.session.connection().execute(agency).scalar_one()
    post_id = next(place.post_id for place in turn.who.places if place.answers and place.agency_id == agency_id)
    return links.make(turn.session, post_id, turn.who.address_id, obligation_id, turn.inbox_id, turn.wire_now)


def _audit(turn: Turn, deed: str, subject: str, detail: dict[str, str]) -> None:
    row = {"at": turn.now, "actor": f"address:{turn.who.address_id}", "deed": deed, "subject": subject}
    turn.session.connection().execute(insert(AUDIT), {**row, "detail": detail})


_LOCK = Prepared(
    update(OBLIGATION)
    .where(OBLIGATION.c.id == bindparam("obligation"))
    .values(look_on=bindparam("day"))
    .returning(OBLIGATION.c.agency_id)
)
_RECORD = Prepared(insert(UPDATE).returning(UPDATE.c.id))


def _record(turn: Turn, deed: Record) -> int:
    """Store one update. Touching the obligation first keeps its updates in order, and has the planner look again.

    The same file once more for the same obligation is the file that is there, under its first receipt.
    """
    session, who = turn.session, turn.who
    today = calendar.STANDARD.today(turn.now)
    agency_id = _LOCK.scalar(session, {"obligation": deed.obligation_id, "day": today})
    if deed.file and (known := evidence.already(session, deed.obligation_id, deed.file.sha256)):
        return known
    speaks = next((place for place in who.places if place.agency_id == agency_id), None) or who.places[0]
    update_id: int = _RECORD.scalar(
        session,
        {
            "obligation_id": deed.obligation_id, "kind": deed.kind, "at": turn.now, "percent": deed.percent,
            "value": deed.value, "note": deed.note, "letter": deed.letter, "letter_on": deed.letter_on,
            "due_on": deed.due_on, "undoes_id": deed.undoes_id, "person_id": deed.person_id or speaks.person_id,
            "address_id": who.address_id, "channel": turn.heard.channel, "proxy": deed.proxy,
            "inbox_id": turn.inbox_id,
        },
    )  # fmt: skip
    if deed.promise_on:
        promise = {"update_id": update_id, "obligation_id": deed.obligation_id, "on": deed.promise_on}
        session.connection().execute(insert(PROMISE), promise)
    if deed.kind in ("extended", "undo"):
        rulings.put_date_in_force(session, deed.obligation_id)
    if deed.file:
        evidence.attach(session, deed.file, deed.obligation_id, update_id)
    return update_id
