"""The sample bloc of the demo: three fictitious people, each bound to a chat of the browser, and a season under way.

What came before is told the way it would have been: the desk recorded it, message by message.
"""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from api.services import turns
from models.tables import Address, Agency, Binding, Bloc, Outbox, Person, Post
from models.wire import Heard

PEOPLE = {
    "focal": ("Nguyễn Thị An (ví dụ)", "STP", "focal"),
    "desk": ("Trần Văn Bình (ví dụ)", "CA", "desk"),
    "head": ("Lê Quốc Cường (ví dụ)", "CA", "leader"),
}
"""phone → (name, agency, role)."""

BEFORE = (
    (58, "ghi hộ SNV K15 đã gửi công văn 212/SNV-TĐKT ngày 12/4"),
    (57, "ghi hộ STP K15 đã gửi công văn 318/STP-VP ngày 15/4"),
    (55, "ghi hộ TAND K15 đã gửi công văn 64/TA-VP ngày 17/4"),
    (50, "ghi hộ CA K15 đã gửi công văn 977/CAT-PX03 ngày 22/4"),
    (5, "ghi hộ VKS K5 60%"),
    (4, "ghi hộ SNV K5 đã gửi công văn 377/BC-SNV ngày 7/6"),
)
"""(days ago, what the desk wrote)."""


def furnish(session: Session, slug: str, now: datetime, wire_now: datetime) -> dict[str, str]:
    """Bind the three people and tell what came before; returns phone → chat id."""
    bloc = session.exec(select(Bloc).where(Bloc.slug == slug)).one()
    chats = {phone: _bind(session, bloc, phone, now, wire_now) for phone in PEOPLE}
    for number, (days_ago, text) in enumerate(BEFORE):
        at = now - timedelta(days=days_ago)
        told = Heard(
            channel="web", bot="main", external_id=f"before:{number}", chat=chats["desk"], text=text, sent_at=wire_now
        )
        turns.hear(session, told, at, wire_now)
    session.execute(
        update(Outbox).where(col(Outbox.state) == "queued").values(state="withdrawn", why="told before the demo began")
    )
    return chats


def _bind(session: Session, bloc: Bloc, phone: str, now: datetime, wire_now: datetime) -> str:
    name, short, role = PEOPLE[phone]
    agency = session.exec(select(Agency).where(Agency.bloc_id == bloc.id, col(Agency.short) == short)).one()
    person = Person(name=name)
    address = Address(channel="web", bot="main", chat=secrets.token_hex(12), created_at=wire_now)
    session.add_all([person, address])
    session.flush()
    since = (now - timedelta(days=120)).date()
    post = Post(person_id=person.id or 0, bloc_id=bloc.id or 0, agency_id=agency.id, role=role, since=since)
    session.add(post)
    session.flush()
    session.add(Binding(address_id=address.id or 0, post_id=post.id or 0, bound_at=wire_now))
    session.flush()
    return address.chat
