"""A simulated province through a whole year: 40 blocs, 300 agencies, 700 people on two channels, about half of whom
answer. The real planner, queues, pacing and dialogue on one SQLite; the platforms take everything at their limits."""

import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from time import perf_counter

from sqlalchemy import select
from sqlmodel import Session, col

from api.services.loading import blocfile, loading
from api.services.queues import compose, delivery
from api.services.talks import turns
from models.database import Database
from models.rules.calendar import STANDARD
from models.tables import Address, Agency, Binding, Bloc, Conversation, Person, Post
from models.wire import Heard, Outcome, Parcel
from schedules import planner
from tests.bench.blocs import put
from tests.bench.table import heading, line

BLOCS, YEAR = 40, 2024
BOTS = {"telegram": "telegram:1", "zalo": "zalo:1"}
DAY_ONE = datetime(YEAR, 1, 2, 1, tzinfo=UTC)
OPENINGS = (time(8, 30), time(9, 30), time(14))
CODE = re.compile(r"\bK\d+\b")


def run() -> None:
    heading(f"A province through {YEAR}")
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/province.db")
        database.migrate()
        start = perf_counter()
        agencies, people = settle_in(database)
        line("loaded", f"{perf_counter() - start:.1f} s", f"{agencies} agencies, {people} people")
        year = Year(database)
        months = [year.play_month(month) for month in range(1, 13)]
        database.close()
    line("a simulated month, median", f"{sorted(months)[6]:.1f} s", f"longest {max(months):.1f} s")
    line("messages in the year", f"{sum(year.sent.values()):,}", _kinds(year.sent))
    (day, bot), (count, seconds) = max(year.mornings.items(), key=lambda pair: pair[1][1])
    line("the longest morning", f"{seconds:.0f} s", f"{count} on {bot}, {day:%d/%m}")


def _kinds(sent: Counter[str]) -> str:
    return ", ".join(f"{kind} {count:,}" for kind, count in sent.most_common())


# --- who lives there ----------------------------------------------------------------------------------------------


def settle_in(database: Database) -> tuple[int, int]:
    """(agencies, people): every bloc by its bloc file, every person with a chat."""
    for number in range(1, BLOCS + 1):
        file = blocfile.read(_bloc_file(number), f"bloc-{number}.yaml")
        database.write_now(lambda session, file=file: loading.load(session, file, DAY_ONE))
    return database.write_now(_people)


def _bloc_file(number: int) -> str:
    members = 8 if number % 2 else 7
    seats = {1: ", seat: head", 2: ", seat: deputy"}
    agencies = (f"  - {{name: Đơn vị {number}.{n}, short: D{n}{seats.get(n, '')}}}" for n in range(1, members + 1))
    signed = date(YEAR, 2, 1) + timedelta(days=number)
    head = f"bloc: Khối {number}\nslug: khoi-{number}\nkind: khối\nseason: {YEAR}\nsigned_on: {signed}\nagencies:\n"
    return head + "\n".join(agencies) + "\nmilestones: default\n"


def _people(session: Session) -> tuple[int, int]:
    """A focal point and a deputy in every agency; a leader and a desk in every head's."""
    agencies = session.execute(select(col(Agency.id), col(Agency.bloc_id), col(Agency.short))).all()
    first = dict(session.execute(select(col(Bloc.id), col(Bloc.slug))).tuples().all())
    places = [(row, role) for row in agencies for role in ("focal", "deputy_focal")]
    places += [(row, role) for row in agencies if row.short == "D1" for role in ("leader", "desk")]
    since = {"since": DAY_ONE.date()}
    posts = [
        {"id": n, "person_id": n, "bloc_id": row.bloc_id, "agency_id": row.id, "role": role, **since}
        for n, (row, role) in enumerate(places, 1)
    ]
    channel = ("telegram", "zalo")
    chats = [
        {"id": n, "channel": channel[n % 2], "bot": "1", "chat": str(n), "state": "open", "created_at": DAY_ONE}
        for n in range(1, len(places) + 1)
    ]
    put(session, Person, ({"id": post["id"], "name": f"Cán bộ {post['id']}"} for post in posts))
    put(session, Post, posts)
    put(session, Address, chats)
    put(session, Binding, ({"address_id": c["id"], "post_id": c["id"], "bound_at": DAY_ONE} for c in chats))
    put(session, Conversation, ({"address_id": c["id"], "state": {}, "heard_at": DAY_ONE} for c in chats))
    assert len(first) == BLOCS
    return len(agencies), len(places)


# --- a year -------------------------------------------------------------------------------------------------------


@dataclass
class Year:
    database: Database
    sent: Counter[str] = field(default_factory=Counter)
    """Messages by kind."""
    mornings: dict[tuple[date, str], tuple[int, float]] = field(default_factory=dict)
    """Unasked messages of a day on a bot, and the seconds from the first to the last."""
    _said: int = 0

    def play_month(self, month: int) -> float:
        """The seconds it took."""
        start = perf_counter()
        day = date(YEAR, month, 1)
        while day.month == month:
            for opening in OPENINGS:
                self._tick(STANDARD.moment(day, opening))
            day += timedelta(days=1)
        return perf_counter() - start

    def _tick(self, now: datetime) -> None:
        self.database.write_now(lambda session: planner.plan(session, now, now))
        for bot in BOTS.values():
            parcels = list(self._speak(bot, now))
            if not parcels:
                continue
            seconds = (max(p.not_before for p in parcels) - now).total_seconds()
            self.mornings[now.date(), bot] = (len(parcels), seconds)
            for parcel in parcels:
                self._answers(parcel, now + timedelta(hours=1))

    def _speak(self, bot: str, now: datetime) -> Iterator[Parcel]:
        """Everything that may leave, at the bot's pace."""
        at, claimed = now, None
        while claimed is None or claimed.parcels or claimed.again_in is not None:
            claimed = self.database.write_now(lambda s, at=at: delivery.look(s, bot, 60, at, at, compose.reminder))
            self._settle(claimed.parcels, at)
            yield from claimed.parcels
            at += timedelta(milliseconds=200)

    def _settle(self, parcels: list[Parcel], at: datetime) -> None:
        told = [Outcome(id=p.id, attempt=p.attempt, result="sent", external_id=str(p.id)) for p in parcels]
        if told:
            self.database.write_now(lambda session: delivery.settle(session, told, at, at))
        self.sent.update(parcel.kind for parcel in parcels)

    def _answers(self, parcel: Parcel, now: datetime) -> None:
        """Every second person answers the first task of a reminder, with the letter that settles it."""
        code = CODE.search(parcel.say.text)
        if parcel.kind != "reminder" or code is None or int(parcel.chat) % 4 > 1:
            return
        self._said += 1
        channel, _, bot = parcel.bot.partition(":")
        text = f"{code[0]} đã gửi công văn {self._said}/BC-DV ngày {now.day}/{now.month}"
        heard = Heard(
            channel=channel, bot=bot, external_id=str(self._said), chat=parcel.chat, text=text, sent_at=now
        )  # fmt: skip
        result = self.database.write_now(lambda s: turns.hear(s, heard, now, now, claim_replies=True))
        self._settle(result.parcels, now)
