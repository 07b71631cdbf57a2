"""Another way to the same person: a reminder whose chat is blocked, or whose bot is down for hours, takes it."""

from collections.abc import Container, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, select, update
from sqlmodel import Session

from models.columns import core
from models.queue import OUTBOX
from models.rules import calendar, reach
from models.rules.reach import Chat
from models.tables import Address, Binding, Conversation, Person, Post, Reminder

ADDRESS, BINDING, CONVERSATION = core(Address), core(Binding), core(Conversation)
PERSON, POST, REMINDER = core(Person), core(Post), core(Reminder)

_ROWS = select(OUTBOX.c.id, OUTBOX.c.kind, OUTBOX.c.person_id, OUTBOX.c.address_id, OUTBOX.c.bot).where(
    OUTBOX.c.id.in_(bindparam("ids", expanding=True)), OUTBOX.c.kind == "reminder", OUTBOX.c.repeated.is_(False)
)
_CHATS = (
    select(
        POST.c.person_id, POST.c.agency_id, POST.c.role, ADDRESS.c.id, POST.c.since, POST.c.until,
        CONVERSATION.c.heard_at, BINDING.c.bound_at, ADDRESS.c.channel + ":" + ADDRESS.c.bot,
        PERSON.c.prefers == ADDRESS.c.channel,
    )
    .join(BINDING, (BINDING.c.post_id == POST.c.id) & BINDING.c.unbound_at.is_(None))
    .join(ADDRESS, (ADDRESS.c.id == BINDING.c.address_id) & (ADDRESS.c.state == "open"))
    .join(PERSON, PERSON.c.id == POST.c.person_id)
    .outerjoin(CONVERSATION, CONVERSATION.c.address_id == ADDRESS.c.id)
    .where(POST.c.person_id.in_(bindparam("people", expanding=True)))
)  # fmt: skip


def release_reminders(session: Session, outbox_ids: Sequence[int]) -> None:
    """Their message expired unsent: the next working day's takes them up."""
    if outbox_ids:
        session.execute(update(REMINDER).where(REMINDER.c.outbox_id.in_(outbox_ids)).values(outbox_id=None))


def take_another_way(
    session: Session,
    outbox_ids: Sequence[int],
    now: datetime,
    wire_now: datetime,
    *,
    shut: bool,
    out: Container[str] = (),
) -> set[int]:
    """Queue these reminders again at their person's best other chat, their words open again; returns which.

    `shut`: their own chat takes nothing any more; where there is no other, the rungs are free again, so that the next
    tick tells whom else it can. Otherwise it is the bot that is in trouble, and a chat of the same bot, or of another
    one that is `out`, is no help.
    """
    rows = session.execute(_ROWS, {"ids": list(outbox_ids)}).all() if outbox_ids else []
    if not rows:
        return set()
    chats = [Chat(*row) for row in session.execute(_CHATS, {"people": sorted({row.person_id for row in rows})})]
    moved = {row.id for row in rows if _move(session, row, chats, now, wire_now, shut=shut, out=out)}
    if shut:
        release_reminders(session, [row.id for row in rows if row.id not in moved])
    return moved


def _move(
    session: Session,
    row: Row[Any],
    chats: Sequence[Chat],
    now: datetime,
    wire_now: datetime,
    *,
    shut: bool,
    out: Container[str],
) -> bool:
    """`binding_id` of these chats is their address."""
    others = [
        chat
        for chat in chats
        if chat.person_id == row.person_id
        and chat.binding_id != row.address_id
        and (shut or (chat.bot != row.bot and chat.bot not in out))
    ]
    best = reach.best_chats(others, calendar.STANDARD.today(now)).get(row.person_id)
    if best is None:
        return False
    blank: dict[str, Any] = {"text": None, "choices": [], "codes": []}
    anew: dict[str, Any] = {**blank, "state": "queued", "trouble": 0, "not_before": wire_now}
    session.execute(
        update(OUTBOX)
        .where(OUTBOX.c.id == row.id)
        .values(address_id=best.binding_id, bot=best.bot, lease_until=None, why=f"not by {row.bot}", **anew)
    )
    return True
