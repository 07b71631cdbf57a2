"""The real process, killed without warning while everybody answers: nothing lost, nothing doubled."""

import asyncio
import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from api.services import invitations
from api.services.loading import blocfile, loading
from models.tables import Agency, Evidence, Inbox, Milestone, Obligation, Outbox, Reminder, Update
from tests.fakes.telegram import Person, TelegramServer
from tests.flows.process import Program

SAMPLE = "noi-chinh-bac-kan-2024"
LOADED_AT = datetime(2024, 5, 20, 1, tzinfo=UTC)
CLOCK = "2024-06-11T08:31:00"
KILLS = {"poll": 4, "webhook": 2}
ENOUGH = {"poll": 16, "webhook": 8}
"""Answers a person: Telegram bears one message a second and chat, and all must be answered in the end."""
PATIENCE_S = 45
_RECEIPT = re.compile(r"BN-(\d+)")


@dataclass
class Focal:
    """A focal point who never stops answering, and remembers what was said."""

    phone: Person
    short: str
    rng: random.Random
    enough: int
    figures: list[tuple[str, int]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)

    async def answers(self, stop: asyncio.Event) -> None:
        while not stop.is_set() and len(self.figures) + len(self.files) < self.enough:
            self._answers_once()
            await asyncio.sleep(self.rng.uniform(0.4, 1.4))

    def _answers_once(self) -> None:
        number = len(self.figures) + len(self.files)
        if number % 6 == 5:
            name = f"bao-cao-{self.short}-{number}.txt"
            self.phone.sends_document(f"Báo cáo {name}\n".encode(), name=name, caption="K8", media_type="text/plain")
            self.files.append(name)
        else:
            code, percent = ("K5", "K7", "K10")[number % 3], number // 3 * 2 + 3
            self.phone.says(f"{code} {percent}%")
            self.figures.append((code, percent))


def _furnish(program: Program) -> dict[str, str]:
    """Load the bloc; one link code an agency."""
    database = program.open()
    database.migrate()

    def work(session: Session) -> dict[str, str]:
        loading.load(session, blocfile.read(blocfile.sample(SAMPLE), SAMPLE), LOADED_AT)
        agencies = session.execute(select(Agency)).scalars().all()
        wire_now = datetime.now(UTC)
        return {
            agency.short: invitations.new_code(session, agency.bloc_id, agency.id or 0, "focal", wire_now)
            for agency in agencies
        }

    try:
        return database.write_now(work)
    finally:
        database.close()


async def _until(what: Callable[[], bool], seconds: float = PATIENCE_S) -> None:
    async with asyncio.timeout(seconds):
        while not what():  # noqa: ASYNC110  # it looks at another process's database
            await asyncio.sleep(0.1)


async def _lives(program: Program, server: TelegramServer) -> None:
    """Started, and Telegram has been asked for updates, or how its webhook is."""
    polls = _looks(server)
    await program.start()

    def polls_again() -> bool:
        program.must_live()
        return _looks(server) > polls

    await _until(polls_again)


def _looks(server: TelegramServer) -> int:
    return server.count("getUpdates") + (server.count("getWebhookInfo") if server.delivery else 0)


async def _links(server: TelegramServer, codes: dict[str, str], rng: random.Random, enough: int) -> list[Focal]:
    focals = []
    for short, code in codes.items():
        phone = server.person(f"Đầu mối {short}")
        phone.starts(code)
        focals.append(Focal(phone, short, rng, enough))
    await _until(lambda: all(server.sent_to(focal.phone) for focal in focals))
    for focal in focals:
        focal.phone.says("1")
    await _until(lambda: all(len(server.sent_to(focal.phone)) > 1 for focal in focals))
    return focals


@pytest.mark.anyio
@pytest.mark.parametrize("mode", ["poll", "webhook"])
async def test_killed_at_any_moment_it_loses_nothing_and_doubles_nothing(tmp_path: Path, mode: str) -> None:
    rng = random.Random()
    seed = rng.randrange(10**6)
    rng.seed(seed)
    async with TelegramServer() as server:
        settings = {
            "GIAOUOC_TELEGRAM_TOKEN": server.token,
            "GIAOUOC_TELEGRAM_API_URL": server.api_url,
            "GIAOUOC_CLOCK": CLOCK,
            "GIAOUOC_TELEGRAM_MODE": mode,
            "GIAOUOC_TELEGRAM_SECRET": "a-secret-that-nobody-guesses",
        }
        program = Program(tmp_path, settings)
        codes = _furnish(program)
        await _lives(program, server)
        try:
            focals = await _links(server, codes, rng, ENOUGH[mode])
            await _answer_under_fire(program, server, focals, rng, KILLS[mode])
            await _until(lambda: not server.updates and program.is_idle())
        finally:
            await program.kill()
        print(f"seed {seed}, {program.starts} starts")
        _check(program, server, focals)
        assert server.violations == []


async def _answer_under_fire(
    program: Program, server: TelegramServer, focals: list[Focal], rng: random.Random, kills: int
) -> None:
    stop = asyncio.Event()
    answering = [asyncio.create_task(focal.answers(stop)) for focal in focals]
    for number in range(kills):
        await asyncio.sleep(rng.uniform(0.3, 2.5))
        await program.kill()
        if number % 2:
            program.lies_still_for(timedelta(minutes=6))
        await _lives(program, server)
    await asyncio.sleep(0.5)
    stop.set()
    await asyncio.gather(*answering)
    await program.kill()
    program.lies_still_for(timedelta(minutes=6))
    await _lives(program, server)


# --- what is left -------------------------------------------------------------------------------------------------


def _check(program: Program, server: TelegramServer, focals: list[Focal]) -> None:
    database = program.open()
    try:
        database.read_now(lambda session: _everything_ends(session, server, focals))
    finally:
        database.close()


def _everything_ends(session: Session, server: TelegramServer, focals: list[Focal]) -> None:
    assert not session.execute(select(col(Inbox.id)).where(col(Inbox.state) != "done")).all()
    _each_answer_is_one_update(session, focals)
    _each_update_has_its_receipt(session, server, focals)
    _each_reminder_has_one_state(session)


def _each_answer_is_one_update(session: Session, focals: list[Focal]) -> None:
    stored = _stored(session)
    for focal in focals:
        said = Counter(focal.figures)
        kept = Counter((code, percent) for short, code, percent in stored if short == focal.short and percent)
        assert kept == said, f"{focal.short}: said {said - kept} more, stored {kept - said} more"
    names = Counter(session.execute(select(col(Evidence.name))).scalars())
    assert names == Counter(name for focal in focals for name in focal.files)


def _stored(session: Session) -> list[tuple[str, str, int | None]]:
    rows = session.execute(
        select(col(Agency.short), col(Milestone.number), col(Update.percent))
        .join(Obligation, col(Obligation.id) == col(Update.obligation_id))
        .join(Milestone, col(Milestone.id) == col(Obligation.milestone_id))
        .join(Agency, col(Agency.id) == col(Obligation.agency_id))
    )
    return [(short, f"K{number}", percent) for short, number, percent in rows]


def _each_update_has_its_receipt(session: Session, server: TelegramServer, focals: list[Focal]) -> None:
    """Its reply arrived once; twice only when the first arrival was in doubt."""
    messages = [message["text"] for focal in focals for message in server.sent_to(focal.phone)]
    arrived = Counter(int(number) for text in messages for number in set(_RECEIPT.findall(text)))
    replies = {
        row.inbox_id: row for row in session.execute(select(Outbox).where(col(Outbox.kind) == "reply")).scalars()
    }
    updates = session.execute(select(col(Update.id), col(Update.inbox_id))).all()
    repeated = 0
    for update_id, inbox_id in updates:
        reply = replies[inbox_id]
        in_doubt = reply.repeated or reply.state == "uncertain"
        assert arrived[update_id] in ((0, 1, 2) if in_doubt else (1,)), f"BN-{update_id:04d}: {arrived[update_id]}"
        assert arrived[update_id] >= 1 or reply.state == "uncertain", f"BN-{update_id:04d} is lost"
        repeated += arrived[update_id] == 2
    print(f"{len(updates)} updates, {len(messages)} messages; lost 0, doubled 0, repeated {repeated}")


def _each_reminder_has_one_state(session: Session) -> None:
    states = session.execute(
        select(col(Outbox.state)).select_from(Reminder).outerjoin(Outbox, col(Outbox.id) == col(Reminder.outbox_id))
    ).scalars()
    assert set(states) <= {"sent", "uncertain", "withdrawn"}
