"""One even pace per bot and per chat, in the database, so that all processes together keep it (GCRA).

A message takes a slot when it is claimed and must not be sent before it. Bulk is claimed only a little ahead, so
that a reply never waits behind more than that. All times here are wire time.

A 429 rests its chat. One for a chat that was inside its own limits, or a second chat's soon after, means the bot: it
rests and its pace is lowered by a tenth. What the platform bears now is not known then: the pace feels its way up to
the lowered one within seconds, and when it is stopped on this way, it stays a little under what it had reached. Later
it rises slowly to what it was.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert  # its ON CONFLICT is SQLite's too
from sqlmodel import Session

from models.columns import core
from models.prepared import Prepared
from models.tables import Pace

AHEAD = timedelta(milliseconds=150)
"""How far ahead of the moment bulk takes its slots."""
LEAD = timedelta(milliseconds=40)
"""What a claim needs to reach the mouth: a slot before it would be used late, and too near to the next ones."""
REPLY_AHEAD = timedelta(seconds=2)
"""A reply that would be sent later than this is left in the queue."""
SOON = timedelta(seconds=2)
"""Two chats limited within it: the platform means the bot. What was on its way then counts once."""
LOWER = 0.9
FEELING = 0.65
"""Of the lowered pace: where a bot begins again after its rest."""
FEELS_BY = 1.12
"""A second, until the lowered pace is reached."""
UNDER = 0.94
"""Of the pace at which it was stopped on this way."""
EASE, EASES_EVERY, EASES_AFTER = 0.99, timedelta(seconds=10), timedelta(seconds=30)
LONG_REST = timedelta(minutes=5)
"""A bot that is told to rest for longer is out: its month is used up, or it is shut out for a while."""
UNPACED_MS = 1000 / 30
"""Where a bot without a known limit starts from when it is limited after all."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What a platform bears: milliseconds between two messages of the bot and of one chat, and how many messages a
    chat may take at once."""

    bot_ms: float = 0
    chat_ms: float = 0
    burst: int = 1
    group_ms: float = 0
    """Of a chat with many people, whose id is below zero."""

    def of_chat(self, chat: str) -> float:
        """Milliseconds between two messages to this chat."""
        return self.group_ms if self.group_ms and chat.startswith("-") else self.chat_ms


RHYTHMS = {
    "telegram": Rhythm(bot_ms=33.8, chat_ms=1000, burst=3, group_ms=3000),
    "zalo": Rhythm(bot_ms=1000 / 3, chat_ms=1000, burst=3),
}
"""By channel. Telegram: at most 30 in any 1.014 s, one a second and chat with short bursts, 20 a minute and group. Zalo
publishes no rate: 3/s."""
FREE = Rhythm()


def rhythm(bot: str) -> Rhythm:
    return RHYTHMS.get(bot.partition(":")[0], FREE)


PACE = core(Pace)
_OF = select(*PACE.c).where(PACE.c.key.in_(bindparam("keys", expanding=True)))
_READ, _LOCK = Prepared(_OF), Prepared(_OF.with_for_update())
_ADD = Prepared(insert(PACE).on_conflict_do_nothing())
_MOVE = Prepared(update(PACE).where(PACE.c.key == bindparam("of")).values(next_at=bindparam("at")))


AT_REST = select(PACE.c.key).where(
    PACE.c.next_at > bindparam("rests_beyond", type_=PACE.c.next_at.type), PACE.c.key.not_like("%/%")
)
"""Bots that were told to rest beyond a moment: `wire_now + LONG_REST`."""


def at_rest(session: Session, wire_now: datetime) -> frozenset[str]:
    """Bots that their platform lets say nothing for a long while yet."""
    return frozenset(session.execute(AT_REST, {"rests_beyond": wire_now + LONG_REST}).scalars())


class Pacing:
    """The slots of one bot within one transaction. Other transactions that need slots of the bot wait for its end."""

    def __init__(self, session: Session, bot: str, wire_now: datetime) -> None:
        self._session, self._bot, self._now = session, bot, wire_now
        self.rhythm = rhythm(bot)
        row = self._rows([bot], lock=self.rhythm.bot_ms > 0).get(bot)
        if row is None and self.rhythm.bot_ms:
            self._add([self._new(bot, self.rhythm.bot_ms)])
            row = self._rows([bot], lock=True)[bot]
        self._interval = timedelta(milliseconds=row.interval_ms if row else 0)
        soonest = wire_now + LEAD if self.rhythm.bot_ms else wire_now
        self._next: datetime = max(row.next_at, soonest) if row else soonest
        self._chats: dict[str, datetime] = {}
        self._known: set[str] = set()
        self._moved: dict[str, datetime] = {}
        if row and row.eased_at:
            self._rise(row)

    def room(self, n: int, ahead: timedelta) -> int:
        """How many slots there are until `ahead` from now, at most `n`."""
        left = self._now + ahead - self._next
        if left < timedelta():
            return 0
        return n if not self._interval else min(n, left // self._interval + 1)

    def opens_in(self, ahead: timedelta) -> float:
        """Seconds until there is room again."""
        return max(0.0, (self._next - ahead / 2 - self._now).total_seconds())

    def look_at(self, chats: Iterable[str]) -> None:
        """Learn these chats' own pace before their slots are taken."""
        rows = self._rows([f"{self._bot}/{chat}" for chat in chats])
        self._known |= rows.keys()
        self._chats |= {key: row.next_at for key, row in rows.items()}

    def slot(self, chat: str) -> tuple[datetime, bool]:
        """Take the next slot: (when, True). When the chat must rest beyond it: (until when, False), nothing taken."""
        key = f"{self._bot}/{chat}"
        rests = self._chats.get(key, self._now)
        chat_ms = self.rhythm.of_chat(chat)
        burst = timedelta(milliseconds=chat_ms * (self.rhythm.burst - 1))
        if rests - burst > self._next:
            return rests - burst, False
        taken = self._next
        if self._interval:
            self._next = taken + self._interval
            self._moved[self._bot] = self._next
        if chat_ms:
            self._chats[key] = max(rests, taken) + timedelta(milliseconds=chat_ms)
            self._moved[key] = self._chats[key]
        return taken, True

    def keep(self) -> None:
        """Store the slots that were taken."""
        known = self._known | {self._bot}
        moved = [{"of": key, "at": at} for key, at in self._moved.items() if key in known]
        _MOVE.run_each(self._session, moved)
        new = [(key, at) for key, at in self._moved.items() if key not in known]
        self._add([self._new(key, self.rhythm.of_chat(key.rpartition("/")[2]), at) for key, at in new])

    def limited(self, chat: str, retry_after: timedelta, whole_bot: bool) -> None:
        """A 429: the chat rests; the bot too when it is meant."""
        was_inside = self._was_inside(chat)
        self._rest(f"{self._bot}/{chat}", self.rhythm.of_chat(chat), retry_after)
        row = self._rows([self._bot], lock=True).get(self._bot)
        last = row.limited_at if row else None
        just_now = last is not None and self._now - last <= SOON
        met: dict[str, Any] = {"limited_at": self._now, "limited_by": chat}
        if whole_bot or was_inside or (row and just_now and row.limited_by != chat):
            self._rest(self._bot, self.rhythm.bot_ms, retry_after)
            if not (row and row.eased_at and just_now):
                met |= self._lowered(row)
        elif row is None:
            self._add([self._new(self._bot, self.rhythm.bot_ms)])
        self._session.execute(update(PACE).where(PACE.c.key == self._bot).values(**met))

    def _was_inside(self, chat: str) -> bool:
        """Whether this chat had no more than its own pace allows."""
        chat_ms = self.rhythm.of_chat(chat)
        row = self._rows([f"{self._bot}/{chat}"]).get(f"{self._bot}/{chat}")
        return chat_ms > 0 and (row is None or row.next_at - self._now <= timedelta(milliseconds=chat_ms) + LEAD)

    def _lowered(self, row: Any) -> dict[str, Any]:
        interval_ms = max(row.interval_ms if row else 0, 0 if self.rhythm.bot_ms else UNPACED_MS)
        if row and row.goal_ms:
            return {"interval_ms": interval_ms / UNDER, "goal_ms": None, "eased_at": self._now}
        goal_ms = interval_ms / LOWER
        return {"interval_ms": goal_ms / FEELING, "goal_ms": goal_ms, "eased_at": self._now}

    def _rise(self, row: Any) -> None:
        waited = self._now - row.eased_at
        if row.goal_ms:
            if waited >= timedelta(seconds=1) and row.next_at <= self._now + AHEAD:
                faster = row.interval_ms / FEELS_BY ** min(waited.total_seconds(), 2)
                reached = faster <= row.goal_ms
                goal_ms = None if reached else row.goal_ms
                self._change(max(faster, row.goal_ms), eased_at=self._now, goal_ms=goal_ms)
        elif waited >= EASES_EVERY and self._now - row.limited_at >= EASES_AFTER:
            least = self.rhythm.bot_ms or UNPACED_MS
            faster = row.interval_ms * EASE
            normal = faster <= least
            self._change(self.rhythm.bot_ms if normal else faster, eased_at=None if normal else self._now)

    def _change(self, interval_ms: float, **more: Any) -> None:
        self._interval = timedelta(milliseconds=interval_ms)
        changed = {"interval_ms": interval_ms, **more}
        self._session.execute(update(PACE).where(PACE.c.key == self._bot).values(**changed))

    def _rest(self, key: str, interval_ms: float, pause: timedelta) -> None:
        until = self._now + pause
        if key != self._bot:
            until += timedelta(milliseconds=interval_ms * (self.rhythm.burst - 1))
        row = self._rows([key]).get(key)
        if row is None:
            self._add([self._new(key, interval_ms, until)])
        elif row.next_at < until:
            _MOVE.run(self._session, {"of": key, "at": until})

    def _rows(self, keys: list[str], lock: bool = False) -> dict[str, Any]:
        return {row.key: row for row in (_LOCK if lock else _READ).all(self._session, {"keys": keys})}

    def _new(self, key: str, interval_ms: float, at: datetime | None = None) -> dict[str, Any]:
        return {"key": key, "next_at": at or self._now, "interval_ms": interval_ms}

    def _add(self, rows: list[dict[str, Any]]) -> None:
        _ADD.run_each(self._session, rows)
