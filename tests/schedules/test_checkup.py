"""The self-check: told once a working morning, from the ledger; its absence can be seen from outside."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from api.services.desk import checkup, quotas
from api.services.queues import quota
from bot.dialogue.phrases.checkup import Quota, Surroundings
from models.database import Database
from models.tables import Inbox, Post
from schedules import planner
from schedules.checkup import backup_of
from schedules.ping import EVERY, Ping
from tests.schedules.covenant import Covenant, at
from tests.schedules.office import Office


@pytest.fixture
def watched(database: Database) -> Office:
    """One focal point with a reminder of this morning, one who has blocked, and the administrator."""
    covenant = Covenant(database)
    agency = covenant.agency("STP")
    owed = covenant.owes(agency, "2024-06-14", look_on="2024-06-11")
    covenant.focal(agency)
    covenant.link(covenant.person(agency, "Chi"), "blocked", state="blocked")
    person = covenant.person(agency, "Quản", "admin")
    covenant.link(person, "admin")
    assert owed
    return Office(covenant)


def checked(office: Office, around: Surroundings | None = None) -> bool:
    found = office.covenant.database.write_now(
        lambda session: checkup.run(session, office.now, around or Surroundings())
    )
    office.tick()
    office.mouth()
    return found is not None


def test_it_is_told_once_a_working_morning(watched: Office) -> None:
    morning = at("2024-06-11", "08:30")
    watched.covenant.database.write_now(lambda session: planner.plan(session, morning, morning))
    watched.on("2024-06-11", "08:31").mouth()
    assert not checked(watched.on("2024-06-11", "08:59"))
    assert checked(watched.on("2024-06-11", "09:00"))
    assert not checked(watched.on("2024-06-11", "09:01"))
    (told,) = watched.texts("check")
    assert told.startswith("Đã gửi 01/01 tin nhắc; 01 người nhận đã chặn.")
    assert "Không có việc cần xử lý." in told
    assert not checked(watched.on("2024-06-15", "09:00")), "a Saturday"
    assert checked(watched.on("2024-06-17", "09:30"))


def test_it_names_what_needs_a_hand(watched: Office) -> None:
    watched.covenant.put(
        Inbox(channel="web", bot="main", external_id="1", chat="x", received_at=at("2024-06-10"), state="aside",
              not_before=at("2024-06-10"))
    )  # fmt: skip
    around = Surroundings(failed_ticks=2, backup="old", quotas=(Quota("zalo", 2310),))
    assert checked(watched.on("2024-06-11", "09:00"), around)
    (told,) = watched.texts("check")
    assert "hạn mức Zalo còn 2.310 tin" in told
    assert "01 tin đến chưa xử lý được" in told
    assert "02 lượt lập lịch bị lỗi" in told
    assert "bản sao lưu gần nhất đã quá 02 ngày" in told


def test_without_an_administrator_it_is_made_all_the_same(watched: Office) -> None:
    watched.covenant.change(Post, 3, role="auditor")
    assert checked(watched.on("2024-06-11", "09:00"))
    assert watched.texts("check") == []
    assert watched.covenant.database.read_now(checkup.last) == at("2024-06-11", "09:00")


def test_a_quota_is_what_is_left_of_the_month(watched: Office) -> None:
    covenant = watched.covenant
    assert covenant.database.read_now(lambda s: quotas.left(s, at("2024-06-11"))) == ()
    covenant.database.write_now(lambda s: quota.count(s, "zalo:7", ["K5", "K7"], at("2024-06-04")))
    covenant.database.write_now(lambda s: quota.count(s, "zalo:7", ["K5"], at("2024-05-31")))
    covenant.database.write_now(lambda s: quota.count(s, "telegram:1", ["K5"], at("2024-06-04")))
    assert covenant.database.read_now(lambda s: quotas.left(s, at("2024-06-11"))) == (Quota("zalo", 2998),)


def test_a_backup_is_unset_missing_old_or_good(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    assert backup_of(None, now) == "unset"
    assert backup_of(tmp_path, now) == "missing"
    file = tmp_path / "giaouoc-20240611-090000.tar"
    file.write_bytes(b"x")
    assert backup_of(tmp_path, now) is None
    os.utime(file, ((now - timedelta(days=3)).timestamp(),) * 2)
    assert backup_of(tmp_path, now) == "old"


# --- the ping address ---------------------------------------------------------------------------------------------


class Watchdog(httpx.AsyncBaseTransport):
    """What listens at the ping address."""

    def __init__(self, answers: int = 200) -> None:
        self.heard: list[str] = []
        self.answers = answers

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.heard.append(f"{request.method} {request.url}")
        return httpx.Response(self.answers)


class Hand:
    def __init__(self) -> None:
        self.at = datetime(2024, 6, 11, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


async def test_good_rounds_are_told_once_a_minute_and_good_self_checks_always() -> None:
    watchdog, hand = Watchdog(), Hand()
    ping = Ping("https://watch.example/secret", transport=watchdog, wire=hand)
    for _ in range(3):
        ping.good()
        await ping.close()
    assert watchdog.heard == ["GET https://watch.example/secret"]
    ping.good(always=True)
    await ping.close()
    hand.at += EVERY
    ping.good()
    await ping.close()
    assert (len(watchdog.heard), ping.told, ping.unheard) == (3, 3, 0)


async def test_a_self_check_is_told_even_while_a_round_is_being_told() -> None:
    watchdog = Watchdog()
    ping = Ping("https://watch.example/secret", transport=watchdog, wire=Hand())
    ping.good()
    ping.good(always=True)
    ping.good()
    await ping.close()
    assert len(watchdog.heard) == 2


async def test_an_address_that_does_not_answer_holds_nothing_up(capsys: pytest.CaptureFixture[str]) -> None:
    ping = Ping("https://watch.example/secret", transport=Watchdog(503), wire=Hand())
    ping.good()
    await ping.close()
    assert (ping.told, ping.unheard) == (0, 1)
    assert "secret" not in capsys.readouterr().out


async def test_without_an_address_nothing_is_asked() -> None:
    watchdog = Watchdog()
    ping = Ping(None, transport=watchdog)
    ping.good(always=True)
    await ping.close()
    assert watchdog.heard == []
