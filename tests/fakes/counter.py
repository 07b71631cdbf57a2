"""The counter of a post office: queue, claim, settle, with a clock in one's own hand. Covenant and wire time move
together, but start apart, so that a test notices when they are mixed up."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlmodel import Session

from api.services.queues import delivery
from models.database import Database
from models.queue import OUTBOX
from models.tables import Address, Outbox
from models.wire import Outcome, Parcel, Say


@dataclass
class Counter:
    database: Database
    bot: str = "fake:1"
    now: datetime = datetime(2024, 6, 12, 2, 0, tzinfo=UTC)
    wire_now: datetime = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
    words: dict[int, str | None] = field(default_factory=dict)
    """What composing a row gives now; None: nothing is left to say."""
    composed: list[int] = field(default_factory=list)
    _addresses: dict[str, int] = field(default_factory=dict)

    def passes(self, **span: float) -> None:
        self.now += timedelta(**span)
        self.wire_now += timedelta(**span)

    def address(self, chat: str) -> int:
        if chat not in self._addresses:
            channel, _, bot = self.bot.partition(":")
            row = {"channel": channel, "bot": bot, "chat": chat, "state": "open", "created_at": self.wire_now}
            made = insert(Address).values(row).returning(Address.id)
            self._addresses[chat] = self.database.write_now(lambda s: s.execute(made).scalar_one())
        return self._addresses[chat]

    def queue(self, chat: str, text: str | None, *, reply: bool = False, **more: Any) -> int:
        address_id = self.address(chat)
        kind = {"kind": "reply", "lane_rank": 0} if reply else {"kind": "notice"}
        values = kind | {"say": Say(text=text) if text is not None else None} | more
        made = self.database.write_now(
            lambda s: delivery.queue(
                s, bot=self.bot, address_id=address_id, now=self.now, wire_now=self.wire_now, **values
            )
        )
        assert made is not None
        return made

    def claim_in(self, session: Session, n: int = 100) -> list[Parcel]:
        return delivery.claim(session, self.bot, n, self.now, self.wire_now, self._compose)

    def claim(self, n: int = 100) -> list[Parcel]:
        return self.database.write_now(lambda session: self.claim_in(session, n))

    def settle_in(self, session: Session, *outcomes: Outcome) -> int:
        return delivery.settle(session, outcomes, self.now, self.wire_now, jitter=lambda: 0.5)

    def settle(self, *outcomes: Outcome) -> int:
        return self.database.write_now(lambda session: self.settle_in(session, *outcomes))

    def row(self, row_id: int) -> Outbox:
        return self.database.read_now(lambda s: s.get_one(Outbox, row_id))

    def states(self) -> dict[int, str]:
        rows = self.database.read_now(lambda s: s.execute(select(OUTBOX.c.id, OUTBOX.c.state)).all())
        return dict(rows)

    def _compose(self, session: Session, row: Outbox, now: datetime) -> Say | None:
        assert row.id is not None
        assert now == self.now
        self.composed.append(row.id)
        text = self.words.get(row.id, row.text)
        return Say(text=text) if text is not None else None


def told(parcel: Parcel, result: str, **more: Any) -> Outcome:
    return Outcome.model_validate({"id": parcel.id, "attempt": parcel.attempt, "result": result} | more)
