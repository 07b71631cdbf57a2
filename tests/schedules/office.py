"""A bloc whose desk sends things, and phones that see them arrive: on a fresh database, with a clock that is put on."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlmodel import Session, col

from api.services import holding
from api.services.desk import broadcasts, nudges
from api.services.queues import compose, delivery
from bot.dialogue.orders.values import SendNudge
from models.queue import LEASE
from models.tables import Broadcast, Notice, Outbox, Seat
from models.wire import Outcome, Parcel
from schedules import desk
from schedules.desk import Announced
from tests.schedules.covenant import Covenant, at


class Killed(Exception):
    """The process ends in the middle of a transaction."""


@dataclass
class Office:
    """Time, a covenant, and what arrived. One clock: covenant time is wire time."""

    covenant: Covenant
    now: datetime = field(default_factory=lambda: at("2024-06-11", "09:00"))
    arrived: list[Parcel] = field(default_factory=list)
    in_hand: list[Parcel] = field(default_factory=list)
    """Claimed, and not yet on the wire."""
    confirmed: Counter[int] = field(default_factory=Counter)
    """By outbox row: how often the house was told that it was sent."""

    # --- time -----------------------------------------------------------------------------------------------------

    def on(self, day: str, hour: str) -> "Office":
        self.now = at(day, hour)
        return self

    def passes(self, **span: float) -> "Office":
        self.now += timedelta(**span)
        return self

    def tick(self, *, dies: bool = False) -> Announced:
        """One tick; one that dies leaves nothing behind."""

        def work(session: Session) -> Announced:
            done = desk.announce(session, self.now, self.now)
            session.flush()
            if dies:
                raise Killed
            return done

        return self.covenant.database.write_now(work)

    def alone(self) -> "Office":
        """What earlier blocs of the same database still had to say is forgotten."""

        def forget(session: Session) -> None:
            session.execute(
                update(Outbox).where(col(Outbox.state).in_(("queued", "claimed"))).values(state="withdrawn")
            )
            session.execute(update(Notice).where(col(Notice.ended).is_(None)).values(ended="another test"))
            session.execute(update(Broadcast).where(col(Broadcast.stopped_at).is_(None)).values(stopped_at=self.now))

        self.covenant.database.write_now(forget)
        return self

    # --- what the desk does -----------------------------------------------------------------------------------------

    def broadcasts(self, text: str = "Kính mời dự họp", **more: object) -> int:
        made: int = self.covenant.database.write_now(
            lambda s: broadcasts.make(s, self.covenant.bloc, text, "person:1", self.now, **more)  # type: ignore[arg-type]
        )
        return made

    def stops(self, number: int) -> None:
        self.covenant.database.write_now(lambda session: broadcasts.stop(session, number, self.now))

    def resumes(self, number: int) -> None:
        self.covenant.database.write_now(lambda session: broadcasts.resume(session, number, self.now))

    def nudges(self, *to: tuple[int, int]) -> int:
        """(person, obligation)."""
        deed = SendNudge(self.covenant.bloc, tuple((person, (owed,)) for person, owed in to))
        return self.covenant.database.write_now(lambda session: nudges.send(session, deed, self.now))

    def holds(self, until: datetime | None = None) -> None:
        self.covenant.database.write_now(lambda session: holding.hold(session, self.covenant.slug, self.now, until))

    def releases(self) -> None:
        self.covenant.database.write_now(lambda session: holding.release(session, self.covenant.slug, self.now))

    def heads(self, agency: int) -> None:
        self.covenant.put(Seat(season_id=self.covenant.season, agency_id=agency, kind="head"))

    # --- the mouth --------------------------------------------------------------------------------------------------

    def claims(self, n: int = 100) -> list[Parcel]:
        claimed = self.covenant.database.write_now(
            lambda session: delivery.claim(session, "web:main", n, self.now, self.now, compose.reminder)
        )
        self.in_hand += claimed
        return claimed

    def sends(self, parcel: Parcel, result: str = "sent") -> None:
        """`sent`; `later`: it failed; `lost`: it arrived and the answer was lost; `killed`: it arrived and we died."""
        self.in_hand.remove(parcel)
        if result in ("sent", "lost", "killed"):
            self.arrived.append(parcel)
        if result == "killed":
            return
        told = {"lost": "uncertain"}.get(result, result)
        outcome = Outcome(id=parcel.id, attempt=parcel.attempt, result=told)  # type: ignore[arg-type]
        settled = self.covenant.database.write_now(
            lambda session: delivery.settle(session, [outcome], self.now, self.now)
        )
        self.confirmed[parcel.id] += settled if told == "sent" else 0

    def mouth(self, n: int = 100) -> list[Parcel]:
        """Everything that may leave leaves."""
        left: list[Parcel] = []
        while claimed := self.claims(n):
            for parcel in claimed:
                self.sends(parcel)
            left += claimed
        return left

    def forgets(self) -> None:
        """The mouth is killed: what it held is on no wire, and its leases run out."""
        self.in_hand.clear()
        self.passes(seconds=LEASE.total_seconds() + 5)

    # --- what became of it ------------------------------------------------------------------------------------------

    def notices(self, kind: str) -> list[Notice]:
        mine = select(Notice).where(col(Notice.bloc_id) == self.covenant.bloc, col(Notice.kind) == kind)
        return list(self.covenant.database.read_now(lambda s: s.scalars(mine.order_by(col(Notice.id))).all()))

    def rows(self, kind: str) -> list[Outbox]:
        mine = select(Outbox).where(col(Outbox.bloc_id) == self.covenant.bloc, col(Outbox.kind) == kind)
        return list(self.covenant.database.read_now(lambda s: s.scalars(mine.order_by(col(Outbox.id))).all()))

    def texts(self, kind: str) -> list[str]:
        return [parcel.say.text for parcel in self.arrived if parcel.kind == kind]
