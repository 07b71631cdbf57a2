"""The real process on every platform, killed without warning while everybody answers: nothing lost, nothing doubled."""

import asyncio
import hashlib
import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select
from sqlmodel import Session, col

from api.services import invitations
from api.services.loading import blocfile, loading
from models.tables import Agency, Evidence, Inbox, Milestone, Obligation, Outbox, Reminder, Update
from tests.flows.platforms import MODES, PLATFORMS, Mode, Platform, Zalo
from tests.flows.process import Program

SAMPLE = "noi-chinh-bac-kan-2024"
LOADED_AT = datetime(2024, 5, 20, 1, tzinfo=UTC)
CLOCK = "2024-06-11T08:31:00"
KILLS = {"poll": 4, "webhook": 2}
PEOPLE = {"telegram": 9, "zalo": 4}
ENOUGH = {("telegram", "poll"): 16, ("telegram", "webhook"): 8, ("zalo", "poll"): 6, ("zalo", "webhook"): 8}
"""Answers a person: Telegram bears one message a second and chat, a poll of Zalo's brings one message and another one
comes a second later, and all must be answered in the end."""
PATIENCE_S = 45
_RECEIPT = re.compile(r"BN-(\d+)")


@dataclass
class Focal:
    """A focal point who never stops answering, and remembers what was said."""

    platform: Platform
    phone: Any
    short: str
    rng: random.Random
    enough: int
    figures: list[tuple[str, int]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    """SHA-256 of what was sent."""

    async def answers(self, stop: asyncio.Event) -> None:
        while not stop.is_set() and len(self.figures) + len(self.files) < self.enough:
            self._answers_once()
            await asyncio.sleep(self.rng.uniform(0.4, 1.4))

    def _answers_once(self) -> None:
        number = len(self.figures) + len(self.files)
        if number % 6 == 5:
            picture = _picture(self.rng)
            self.platform.sends_picture(self.phone, picture, ("K8", "K4")[number // 6 % 2])
            self.files.append(hashlib.sha256(picture).hexdigest())
        else:
            code, percent = ("K5", "K7", "K10")[number % 3], number // 3 * 2 + 3
            self.phone.says(f"{code} {percent}%")
            self.figures.append((code, percent))


def _picture(rng: random.Random) -> bytes:
    """Each another one."""
    drawn = BytesIO()
    Image.new("RGB", (64, 48), (rng.randrange(256), rng.randrange(256), rng.randrange(256))).save(drawn, "PNG")
    return drawn.getvalue()


def _furnish(program: Program, people: int) -> dict[str, str]:
    """Load the bloc; one link code an agency."""
    database = program.open()
    database.migrate()

    def work(session: Session) -> dict[str, str]:
        loading.load(session, blocfile.read(blocfile.sample(SAMPLE), SAMPLE), LOADED_AT)
        agencies = session.execute(select(Agency).order_by(col(Agency.id)).limit(people)).scalars().all()
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


async def _lives(program: Program, platform: Platform, mode: Mode) -> None:
    """Started, and the platform has been asked for news, or how its webhook is."""
    if isinstance(platform, Zalo):
        platform.server.calls_at = program.url
    asked = _looks(platform, mode)
    await program.start()

    def asks_again() -> bool:
        program.must_live()
        return _looks(platform, mode) > asked

    await _until(asks_again)


def _looks(platform: Platform, mode: Mode) -> int:
    found: int = platform.server.count(platform.asks[mode])
    return found


async def _links(platform: Platform, codes: dict[str, str], rng: random.Random, enough: int) -> list[Focal]:
    focals = []
    for short, code in codes.items():
        phone = platform.server.person(f"Đầu mối {short}")
        platform.links(phone, code)
        focals.append(Focal(platform, phone, short, rng, enough))
    await _until(lambda: all(platform.shown(focal.phone) for focal in focals))
    for focal in focals:
        focal.phone.says("1")
    await _until(lambda: all(len(platform.shown(focal.phone)) > 1 for focal in focals))
    return focals


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", PLATFORMS)
async def test_killed_at_any_moment_it_loses_nothing_and_doubles_nothing(tmp_path: Path, name: str, mode: Mode) -> None:
    rng = random.Random()
    seed = rng.randrange(10**6)
    rng.seed(seed)
    platform = PLATFORMS[name]()
    async with platform.server:
        program = Program(tmp_path, platform.settings(mode) | {"GIAOUOC_CLOCK": CLOCK})
        codes = _furnish(program, PEOPLE[name])
        await _lives(program, platform, mode)
        try:
            focals = await _links(platform, codes, rng, ENOUGH[name, mode])
            await _answer_under_fire(program, platform, mode, focals, rng)
            await _until(lambda: platform.is_quiet() and program.is_idle())
        finally:
            await program.kill()
        print(f"{name}, {mode}: seed {seed}, {program.starts} starts")
        _check(program, platform, focals)
        assert platform.server.violations == []


async def _answer_under_fire(
    program: Program, platform: Platform, mode: Mode, focals: list[Focal], rng: random.Random
) -> None:
    stop = asyncio.Event()
    answering = [asyncio.create_task(focal.answers(stop)) for focal in focals]
    for number in range(KILLS[mode]):
        await asyncio.sleep(rng.uniform(0.3, 2.5))
        await _dies(program, platform)
        if number % 2:
            program.lies_still_for(timedelta(minutes=6))
        await _lives(program, platform, mode)
    await asyncio.sleep(0.5)
    stop.set()
    await asyncio.gather(*answering)
    await _dies(program, platform)
    program.lies_still_for(timedelta(minutes=6))
    await _lives(program, platform, mode)


async def _dies(program: Program, platform: Platform) -> None:
    await program.kill()
    platform.was_cut_off()


# --- what is left -------------------------------------------------------------------------------------------------


def _check(program: Program, platform: Platform, focals: list[Focal]) -> None:
    database = program.open()
    try:
        database.read_now(lambda session: _everything_ends(session, platform, focals))
    finally:
        database.close()


def _everything_ends(session: Session, platform: Platform, focals: list[Focal]) -> None:
    assert not session.execute(select(col(Inbox.id)).where(col(Inbox.state) != "done")).all()
    _each_answer_is_one_update(session, focals)
    _each_update_has_its_receipt(session, platform, focals)
    _each_reminder_has_one_state(session)


def _each_answer_is_one_update(session: Session, focals: list[Focal]) -> None:
    stored = _stored(session)
    for focal in focals:
        said = Counter(focal.figures)
        kept = Counter((code, percent) for short, code, percent in stored if short == focal.short and percent)
        assert kept == said, f"{focal.short}: said {said - kept} more, stored {kept - said} more"
    kept_files = Counter(session.execute(select(col(Evidence.sha256))).scalars())
    assert kept_files == Counter(file for focal in focals for file in focal.files)


def _stored(session: Session) -> list[tuple[str, str, int | None]]:
    rows = session.execute(
        select(col(Agency.short), col(Milestone.number), col(Update.percent))
        .join(Obligation, col(Obligation.id) == col(Update.obligation_id))
        .join(Milestone, col(Milestone.id) == col(Obligation.milestone_id))
        .join(Agency, col(Agency.id) == col(Obligation.agency_id))
    )
    return [(short, f"K{number}", percent) for short, number, percent in rows]


def _each_update_has_its_receipt(session: Session, platform: Platform, focals: list[Focal]) -> None:
    """Its reply arrived once; twice only when the first arrival was in doubt."""
    messages = [text for focal in focals for text in platform.shown(focal.phone)]
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
