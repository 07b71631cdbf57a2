"""Where a chat is, and whether messages reach it."""

from datetime import datetime

from sqlalchemy import bindparam, func, select, update
from sqlmodel import Session

from models.columns import core
from models.queue import OUTBOX, is_in
from models.tables import Address

ADDRESS = core(Address)


def reopen(session: Session, address_id: int) -> None:
    """Messages reach this chat, again."""
    session.execute(update(ADDRESS).where(ADDRESS.c.id == address_id).values(state="open", shut_at=None))


def shut(session: Session, address_id: int, state: str, now: datetime) -> None:
    """Record that no message reaches a chat any more: it is `blocked` or `gone`, from the first time on."""
    since = func.coalesce(ADDRESS.c.shut_at, bindparam("since", now, ADDRESS.c.shut_at.type))
    session.execute(update(ADDRESS).where(ADDRESS.c.id == address_id).values(state=state, shut_at=since))


def move(session: Session, address_id: int, chat: str, now: datetime) -> None:
    """The platform gave this chat another id, as Telegram does when a group becomes a large one. Where that id has
    spoken to us already, its address takes over what waits, and the old one is gone."""
    old = session.execute(select(ADDRESS).where(ADDRESS.c.id == address_id)).one()
    there = session.execute(
        select(ADDRESS.c.id).where(ADDRESS.c.channel == old.channel, ADDRESS.c.bot == old.bot, ADDRESS.c.chat == chat)
    ).scalar()
    if there == address_id:
        return
    if there is None:
        session.execute(update(ADDRESS).where(ADDRESS.c.id == address_id).values(chat=chat))
        reopen(session, address_id)
        return
    waits = (OUTBOX.c.address_id == address_id, is_in(OUTBOX, "queued", "claimed"), is_in(OUTBOX, "queued"))
    session.execute(update(OUTBOX).where(*waits).values(address_id=there))
    shut(session, address_id, "gone", now)
