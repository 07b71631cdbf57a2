"""The sample bloc of the demo: three fictitious people, each bound to a chat of the browser, and a season under way.

What came before is told the way it would have been: the desk recorded it, message by message.
"""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from api.services.talks import turns
from models.tables import Address, Agency, Binding, Bloc, Outbox, Person, Post
from models.wire import Heard

PEOPLE = {
    "focal": ("Nguyễn Thị An (ví dụ)", "STP", "focal"),
    "desk": ("Trần Văn Bình (ví dụ)", "CA", "desk"),
    "head": ("Lê Quốc Cường (ví dụ)", "CA", "leader"),
}
"""phone → (name, agency, role)."""

LETTERS = (
    ("K1", 67, 9), ("K4", 61, 8), ("K15", 54, 7),
)  # fmt: skip
"""(code, days ago that the first agency's letter came, how many agencies sent one); one agency a day."""

BEFORE = (
    (5, "ghi hộ VKS K5 60%"),
    (4, "ghi hộ SNV K5 đã gửi công văn 377/BC-SNV ngày 7/6"),
    (1, "ghi hộ TAND K5 đang trình ký"),
)
"""(days ago, what the desk wrote)."""
SENDERS = ("STP", "SNV", "CA", "TAND", "VKS", "QLTT", "THADS", "TTT", "BCHQS")


def what_the_desk_wrote(now: datetime) -> list[tuple[datetime, str]]:
    """The season until now, oldest first: letters about what was due, a few words about what is coming."""
    told = []
    for code, days_ago, senders in LETTERS:
        for number, short in enumerate(SENDERS[:senders]):
            at = now - timedelta(days=days_ago - number // 2)
            told.append((at, f"ghi hộ {short} {code} đã gửi công văn {40 + 7 * number}/{short} ngày {at:%d/%m}"))
    told += [(now - timedelta(days=days_ago), text) for days_ago, text in BEFORE]
    return sorted(told)


def furnish(session: Session, slug: str, now: datetime, wire_now: datetime) -> dict[str, str]:
    """Bind the three people and tell what came before; returns phone → chat id."""
    bloc = session.exec(select(Bloc).where(Bloc.slug == slug)).one()
    chats = {phone: _bind(session, bloc, phone, now, wire_now) for phone in PEOPLE}
    for number, (at, text) in enumerate(what_the_desk_wrote(now)):
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
    session.add(Binding(address_id=address.id or 0, post_id=post.id or 0, bound_at=now))
    session.flush()
    return address.chat
