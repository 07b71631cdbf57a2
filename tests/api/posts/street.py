"""A bloc and phones on several channels, in front of the service itself: what is typed, what comes back, what comes
unasked. One clock, put on by the test."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from api.services import invitations
from api.services.posts import erasing
from api.services.queues import compose, delivery
from api.services.talks import turns
from models.database import Database
from models.tables import Address, Agency, Audit, Outbox
from models.wire import FileRef, Heard, Outcome, Parcel
from schedules import desk, planner
from tests.api.loading.covenants import at, load, shipped

BLOC = "noi-chinh-bac-kan-2024"
CHANNELS = ("telegram", "zalo", "web")


@dataclass
class Street:
    database: Database
    now: datetime = field(default_factory=lambda: at("2024-06-11 09:00"))
    numbers: Any = field(default_factory=lambda: count(1))

    def open(self) -> "Street":
        load(self.database, shipped(BLOC), "2024-04-02 09:00")
        return self

    def on(self, when: str) -> "Street":
        self.now = at(when)
        return self

    def phone(self, name: str, channel: str = "telegram") -> "Phone":
        return Phone(self, channel, f"{channel}-{next(self.numbers)}", name)

    def code(self, short: str, role: str = "focal") -> str:
        """As the desk says it: `mã mới STP`."""

        def write(session: Session) -> str:
            agency = select(col(Agency.id)).where(col(Agency.short) == short)
            return invitations.new_code(session, 1, session.execute(agency).scalar_one(), role, self.now)

        return self.database.write_now(write)

    def linked(self, name: str, short: str, role: str = "focal", channel: str = "telegram") -> "Phone":
        phone = self.phone(name, channel)
        phone.says(self.code(short, role))
        phone.says("1")
        return phone

    def tick(self) -> None:
        """What is planned and may leave now goes to the outbox."""
        self.database.write_now(lambda session: planner.plan(session, self.now, self.now))
        self.database.write_now(lambda session: desk.announce(session, self.now, self.now))

    def arrives(self) -> list[tuple[str, str]]:
        """(chat, text) of everything that leaves now; each arrives."""
        found: list[tuple[str, str]] = []
        for _ in range(20):
            self.now += timedelta(seconds=2)
            parcels = [parcel for channel in CHANNELS for parcel in self._claim(channel)]
            found += [(parcel.chat, parcel.say.text) for parcel in parcels if parcel.kind != "reply"]
            self._settle(parcels)
        return found

    def _claim(self, channel: str) -> list[Parcel]:
        def claim(session: Session) -> list[Parcel]:
            return delivery.claim(session, f"{channel}:main", 50, self.now, self.now, compose.reminder)

        return self.database.write_now(claim)

    def _settle(self, parcels: list[Parcel]) -> None:
        outcomes = [Outcome(id=parcel.id, attempt=parcel.attempt, result="sent") for parcel in parcels]
        self.database.write_now(lambda session: delivery.settle(session, outcomes, self.now, self.now))

    def sweep(self) -> int:
        return self.database.write_now(erasing.finish)

    def rows(self, table: type[Any]) -> list[Any]:
        found = self.database.read_now(lambda session: list(session.execute(select(table)).scalars()))
        return sorted(found, key=lambda row: getattr(row, "id", 0))

    def audit(self) -> list[str]:
        return [row.deed for row in self.rows(Audit)]

    def waiting(self) -> list[str]:
        return [row.text for row in self.rows(Outbox) if row.state == "queued"]


@dataclass
class Phone:
    """One chat on one channel."""

    street: Street
    channel: str
    chat: str
    name: str
    lines: list[str] = field(default_factory=list)

    def says(self, text: str, **event: Any) -> str:
        """What the bot answers, several messages joined; nothing for silence."""
        street = self.street
        street.now += timedelta(seconds=1)
        number = next(street.numbers)
        heard = Heard(
            channel=self.channel, bot="main", external_id=str(number), chat=self.chat, text=text,
            sender=self.name, sent_at=street.now, **event,
        )  # fmt: skip
        street.database.write_now(lambda session: turns.hear(session, heard, street.now, street.now))

        def answered(session: Session) -> list[str]:
            mine = select(col(Address.id)).where(col(Address.chat) == self.chat).scalar_subquery()
            replies = select(col(Outbox.text)).where(
                col(Outbox.address_id) == mine, col(Outbox.kind) == "reply", col(Outbox.planned_at) == street.now
            )
            return [text or "" for text in session.execute(replies.order_by(col(Outbox.id))).scalars()]

        said = "\n".join(street.database.read_now(answered))
        self.lines.append(said)
        return said

    def starts(self, code: str) -> str:
        return self.says(code, kind="start")

    def sends(self, stored: str, text: str = "") -> str:
        return self.says(text, kind="files", files=(FileRef(ref="f", kind="photo", stored=stored),))

    def got(self, arrived: list[tuple[str, str]]) -> str:
        return "\n".join(text for chat, text in arrived if chat == self.chat)
