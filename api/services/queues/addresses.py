"""Where a chat is, and whether messages reach it."""

from sqlalchemy import select, update
from sqlmodel import Session

from models.columns import core
from models.queue import OUTBOX, is_in
from models.tables import Address

ADDRESS = core(Address)


def set_state(session: Session, address_id: int, state: str) -> None:
    """Record that a chat is open, blocked or gone."""
    session.execute(update(ADDRESS).where(ADDRESS.c.id == address_id).values(state=state))


def move(session: Session, address_id: int, chat: str) -> None:
    """The platform gave this chat another id, as Telegram does when a group becomes a large one. Where that id has
    spoken to us already, its address takes over what waits, and the old one is gone."""
    old = session.execute(select(ADDRESS).where(ADDRESS.c.id == address_id)).one()
    there = session.execute(
        select(ADDRESS.c.id).where(ADDRESS.c.channel == old.channel, ADDRESS.c.bot == old.bot, ADDRESS.c.chat == chat)
    ).scalar()
    if there == address_id:
        return
    if there is None:
        session.execute(update(ADDRESS).where(ADDRESS.c.id == address_id).values(chat=chat, state="open"))
        return
    waits = (OUTBOX.c.address_id == address_id, is_in(OUTBOX, "queued", "claimed"), is_in(OUTBOX, "queued"))
    session.execute(update(OUTBOX).where(*waits).values(address_id=there))
    set_state(session, address_id, "gone")
