"""A house under way for whoever reads it over HTTP: a Wednesday in June 2024, Khối Nội chính tỉnh Bắc Kạn with three
people and a season behind it, Khối Nội chính tỉnh Hưng Yên beside it, and a token for every kind of caller."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import select, update
from sqlmodel import Session, col

from api.app import create_app
from api.house import House
from api.security import sha256
from api.services import demo, tokens
from api.services.loading import blocfile, loading
from api.services.talks import turns
from api.store import Store
from bot.channels.telegram_hearing import CHANNEL as TELEGRAM
from models.clock import Anchor, Clock
from models.database import Database
from models.tables import (
    Address,
    Agency,
    Binding,
    Bloc,
    Evidence,
    Incoming,
    Milestone,
    Obligation,
    Outbox,
    Person,
    Post,
    Reminder,
    Token,
)
from models.wire import FileRef, Heard
from tests.api.evidence import files
from tests.secrecy import search_bytes, secret

NOW = datetime(2024, 6, 12, 3, 0, tzinfo=UTC)
"""Wednesday 12/6/2024, 10:00 in Viet Nam: covenant time, which stands still."""
OURS, OTHER = "noi-chinh-bac-kan", "noi-chinh-hung-yen"
REPORT = files.pdf("Báo cáo sơ kết 6 tháng đầu năm")
OWN_TOKEN = secret("the house's own token")

ROLES = {
    "admin": ("admin", None), "head": ("head", None), "desk": ("desk", None), "auditor": ("auditor", None),
    "bot": ("bot", None), "auditor_of_other": ("auditor", OTHER), "admin_of_ours": ("admin", OURS),
    "admin_of_other": ("admin", OTHER), "desk_of_ours": ("desk", OURS),
}  # fmt: skip
"""Caller → role, the bloc it is limited to."""
PEOPLE = {
    "focal": ("STP", "focal"), "colleague": ("TTT", "focal"), "member_leader": ("STP", "leader"),
    "head_person": ("CA", "leader"), "desk_person": ("CA", "desk"), "deputy_person": ("QLTT", "leader"),
    "auditor_person": ("SNV", "auditor"),
}  # fmt: skip
"""Caller → agency, role: tokens that follow a post. Công an tỉnh heads the bloc, Cục Quản lý thị trường is its
deputy."""


async def _tells_no_secret(answer: httpx.Response) -> None:
    search_bytes(await answer.aread(), f"the answer of {answer.request.url.path}")


@dataclass
class ApiHouse:
    home: House
    app: FastAPI
    tokens: dict[str, str]
    receipts: dict[str, str] = field(default_factory=dict)
    """Agency → the receipt of its evidence."""

    def client(self, who: str | None = "admin", *, raises: bool = True) -> httpx.AsyncClient:
        """A caller's line to the API; None: somebody without a token. `raises` hands errors of ours to the test."""
        headers = {"Authorization": f"Bearer {self.tokens[who]}"} if who else {}
        inside = httpx.ASGITransport(self.app, raise_app_exceptions=raises)
        return httpx.AsyncClient(
            transport=inside, base_url="http://house", headers=headers, event_hooks={"response": [_tells_no_secret]}
        )

    async def ask(self, method: str, path: str, who: str | None = "admin", **more: Any) -> httpx.Response:
        async with self.client(who) as client:
            return await client.request(method, path, **more)

    async def get(self, path: str, who: str | None = "admin") -> Any:
        """The JSON of an answer that must be 200."""
        answer = await self.ask("GET", path, who)
        assert answer.status_code == 200, answer.text
        return answer.json()


def open_house(database: Database, folder: Path) -> ApiHouse:
    """A house over a database that `furnish` has filled."""
    home = House(
        database=database,
        store=Store.of(str(folder / "store")),
        clock=Clock(Anchor(datetime.now(UTC), NOW, 0)),
        own_token_sha256=sha256(OWN_TOKEN),
        upload_limit=200_000,
    )
    names = {name: secret(f"token of {name}") for name in (*ROLES, *PEOPLE)} | {"own": OWN_TOKEN}
    return ApiHouse(home, create_app(home), names, {"STP": _receipt(database, "STP")})


def furnish(database: Database, folder: Path) -> None:
    """Everything that stands in the database and the store before a test."""
    (folder / "store" / "incoming").mkdir(parents=True, exist_ok=True)
    (folder / "store" / "incoming" / "report").write_bytes(REPORT)
    database.write_now(_covenants)
    database.write_now(_tokens)
    database.write_now(_evidence)
    database.write_now(_reminder)
    database.write_now(_deliveries)


def _covenants(session: Session) -> None:
    for name in ("noi-chinh-bac-kan-2024", "noi-chinh-hung-yen-2024"):
        loading.load(session, blocfile.read(blocfile.sample(name), name), NOW - timedelta(days=70))
    demo.furnish(session, OURS, NOW, datetime.now(UTC))


def _tokens(session: Session) -> None:
    for name, (role, bloc) in ROLES.items():
        bloc_id = bloc_id_of(session, bloc) if bloc else None
        made = tokens.make(session, name, role, bloc_id, NOW, datetime.now(UTC))
        _rename(session, made, name)
    for name, (short, role) in PEOPLE.items():
        post = Post(
            person_id=_person(session, name), bloc_id=bloc_id_of(session, OURS),
            agency_id=agency_id_of(session, OURS, short), role=role, since=date(2024, 1, 1),
        )  # fmt: skip
        session.add(post)
        session.flush()
        session.add(Token(name=name, sha256=sha256(f"token of {name}"), role="focal", post_id=post.id, created_at=NOW))


def _rename(session: Session, made: str, name: str) -> None:
    """Tests know a token by whose it is."""
    known = sha256(f"token of {name}")
    session.execute(update(Token).where(col(Token.sha256) == sha256(made)).values(sha256=known))


def _person(session: Session, name: str) -> int:
    person = Person(name=f"{name} (ví dụ)")
    session.add(person)
    session.flush()
    assert person.id is not None
    return person.id


def _evidence(session: Session) -> None:
    """Sở Tư pháp sends a report for K5, from the demo's browser chat."""
    key = "incoming/report"
    session.add(
        Incoming(
            key=key, sha256=hashlib.sha256(REPORT).hexdigest(), size=len(REPORT), media_type="application/pdf",
            name="bao-cao.pdf", created_at=NOW,
        )
    )  # fmt: skip
    session.flush()
    file = FileRef(ref=key, name="bao-cao.pdf", size=len(REPORT), media_type="application/pdf", stored=key)
    heard = Heard(
        channel="web", bot="main", external_id="evidence:1", chat=chat_of(session, "STP"), kind="files", text="K5 70%",
        files=(file,), sent_at=NOW,
    )  # fmt: skip
    turns.hear(session, heard, NOW - timedelta(hours=1), datetime.now(UTC))


def _reminder(session: Session) -> None:
    """Sở Tư pháp's focal point is to be reminded of K5, three working days before its day; nobody has claimed it."""
    address_id, person_id = session.execute(
        select(col(Binding.address_id), col(Post.person_id))
        .join(Post, col(Post.id) == col(Binding.post_id))
        .where(col(Post.agency_id) == agency_id_of(session, OURS, "STP"))
    ).one()
    message = Outbox(
        bot="web:main", address_id=address_id, bloc_id=bloc_id_of(session, OURS), person_id=person_id, kind="reminder",
        merge_key=f"{person_id}:2024-06-12", planned_at=NOW, not_before=NOW,
    )  # fmt: skip
    session.add(message)
    session.flush()
    obligation_id = session.execute(
        select(col(Obligation.id))
        .join(Milestone, col(Milestone.id) == col(Obligation.milestone_id))
        .where(col(Milestone.number) == 5, col(Obligation.agency_id) == agency_id_of(session, OURS, "STP"))
    ).scalar_one()
    session.add(
        Reminder(
            obligation_id=obligation_id, due_on=date(2024, 6, 15), rung=-3, person_id=person_id, round=1,
            planned_at=NOW, outbox_id=message.id,
        )
    )  # fmt: skip


def _deliveries(session: Session) -> None:
    """The ledger knows messages in every state, on two channels."""
    bloc_id = bloc_id_of(session, OURS)
    address = Address(channel=TELEGRAM, bot="1", chat="77", created_at=NOW)
    session.add(address)
    session.flush()
    for number, state in enumerate(("sent", "uncertain", "failed", "withdrawn", "expired", "claimed")):
        at = NOW - timedelta(days=3, minutes=number)
        session.add(
            Outbox(
                bot="telegram:1", address_id=address.id or 0, bloc_id=bloc_id, kind="notice", codes=["K5"],
                planned_at=at, not_before=at, state=state, attempt=1, sent_at=at if state == "sent" else None,
                why="the platform refuses it" if state == "failed" else None, text="Thông báo",
            )
        )  # fmt: skip


def chat_of(session: Session, short: str) -> str:

    found: str = session.execute(
        select(col(Address.chat))
        .join(Binding, col(Binding.address_id) == col(Address.id))
        .join(Post, col(Post.id) == col(Binding.post_id))
        .where(col(Post.agency_id) == agency_id_of(session, OURS, short))
    ).scalar_one()
    return found


def bloc_id_of(session: Session, slug: str) -> int:
    found: int = session.execute(select(col(Bloc.id)).where(col(Bloc.slug) == slug)).scalar_one()
    return found


def agency_id_of(session: Session, slug: str, short: str) -> int:
    agency = select(col(Agency.id)).where(col(Agency.bloc_id) == bloc_id_of(session, slug), col(Agency.short) == short)
    found: int = session.execute(agency).scalar_one()
    return found


def _receipt(database: Database, short: str) -> str:

    newest = (
        select(col(Evidence.update_id))
        .join(Obligation, col(Obligation.id) == col(Evidence.obligation_id))
        .join(Agency, col(Agency.id) == col(Obligation.agency_id))
        .where(col(Agency.short) == short)
    )
    return f"BN-{database.read_now(lambda s: s.execute(newest).scalar_one()):04d}"
