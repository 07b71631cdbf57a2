"""The month of a bot: counted when messages are handed over; its last tenth is for replies and for what is overdue."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, select, text
from sqlmodel import Session, col

from api.services.desk import quotas
from api.services.queues import quota as meter
from api.services.queues.pacing import Pacing
from bot.dialogue.phrases.checkup import Quota, running_out
from models.database import Database
from models.rules import quota
from models.rules.quota import Terms
from models.tables import Audit, Meter
from tests.fakes.counter import Counter, told

BOT = "zalo:4100000001"
OVERDUE = (
    "INSERT INTO bloc (id, slug, name, kind, settings, revision) VALUES (1, 'b', 'B', 'khối', '{}', 0)",
    "INSERT INTO season (id, bloc_id, year, starts_on, ends_on, started_at, closed) "
    "VALUES (1, 1, 2024, '2024-01-01', '2024-12-31', '2024-01-01 00:00:00', false)",
    "INSERT INTO agency (id, bloc_id, name, short, off_channel) VALUES (1, 1, 'Sở Tư pháp', 'STP', false)",
    "INSERT INTO milestone (id, season_id, key, number, title, due_on, owed_by, evidence, aliases, is_default, "
    "is_report, important, outside, ad_hoc) "
    "VALUES (1, 1, 'M05', 5, 'Sơ kết', '2024-06-10', 'all', 'any', '[]', false, false, false, false, false)",
    "INSERT INTO obligation (id, season_id, milestone_id, agency_id, followed) VALUES (1, 1, 1, 1, true)",
    "INSERT INTO person (id, name) VALUES (1, 'Nguyễn Thị Lan')",
)


@pytest.fixture
def counter(database: Database) -> Counter:
    return Counter(database, bot=BOT)


def has_used(counter: Counter, used: int) -> None:
    row = {"bot": BOT, "month": "2026-11", "used": used, "warned": 0}
    counter.database.write_now(lambda session: session.execute(insert(Meter).values(row)))


def used(counter: Counter) -> int:
    return counter.database.read_now(lambda session: meter.used(session, BOT, counter.wire_now))


def reminds_of(counter: Counter, row: int, rung: int) -> None:
    def work(session: Session) -> None:
        for statement in OVERDUE:
            session.execute(text(statement))
        session.execute(
            text(
                "INSERT INTO reminder (obligation_id, due_on, rung, person_id, round, planned_at, kind, outbox_id) "
                f"VALUES (1, '2024-06-10', {rung}, 1, 0, '2024-06-12 01:00:00', 'rung', {row})"
            )
        )

    counter.database.write_now(work)


def said(counter: Counter) -> list[str]:
    """What leaves within two seconds, at the bot's pace."""
    texts = []
    for _ in range(4):
        texts += [parcel.say.text for parcel in counter.claim()]
        counter.passes(seconds=0.5)
    return texts


def test_every_message_is_counted_in_the_month_in_which_it_is_handed_over(counter: Counter) -> None:
    counter.queue("lan", "một")
    counter.queue("minh", "x" * 1901)
    assert len(said(counter)) == 2
    assert used(counter) == 3
    counter.passes(days=11)
    assert used(counter) == 0


def test_a_message_that_is_tried_again_is_counted_again(counter: Counter) -> None:
    counter.queue("lan", "một")
    (parcel,) = counter.claim()
    counter.settle(told(parcel, "later", why="502"))
    counter.passes(seconds=10)
    assert len(counter.claim()) == 1
    assert used(counter) == 2


def test_the_last_tenth_is_for_replies_and_what_is_overdue(counter: Counter) -> None:
    has_used(counter, 2700)
    bulk = counter.queue("lan", "tin thường")
    overdue = counter.queue("lan", "nhắc quá hạn")
    reminds_of(counter, overdue, rung=2)
    counter.queue("minh", "trả lời", reply=True)
    assert said(counter) == ["trả lời", "nhắc quá hạn"]
    assert "kept back" in str(counter.row(bulk).why)


def test_a_reminder_before_its_date_is_kept_back(counter: Counter) -> None:
    has_used(counter, 2700)
    reminds_of(counter, counter.queue("lan", "nhắc trước hạn"), rung=-3)
    assert said(counter) == []


def test_what_was_kept_back_leaves_when_the_month_is_over(counter: Counter) -> None:
    has_used(counter, 2700)
    row = counter.queue("lan", "tin thường")
    assert said(counter) == []
    counter.passes(days=11)
    (parcel,) = counter.claim()
    counter.settle(told(parcel, "sent"))
    assert counter.row(row).why is None


def test_one_before_the_last_tenth_nothing_is_kept_back(counter: Counter) -> None:
    has_used(counter, 2699)
    counter.queue("lan", "tin thường")
    assert said(counter) == ["tin thường"]


@pytest.mark.parametrize(("used", "stage"), [(0, 0), (2099, 0), (2100, 70), (2550, 85), (2850, 95), (3000, 95)])
def test_the_administrator_is_told_at_70_85_and_95_per_cent(used: int, stage: int) -> None:
    assert quota.FREE["zalo"].stage(used) == stage


def test_each_warning_is_given_once(counter: Counter) -> None:
    has_used(counter, 2600)
    for _ in range(2):
        counter.database.write_now(lambda session: quotas.warn(session, counter.now, counter.wire_now))
        counter.passes(minutes=1)
    assert deeds(counter) == [("quota", {"month": "2026-11", "percent": 85})]


def deeds(counter: Counter) -> list[tuple[object, ...]]:
    wanted = select(col(Audit.deed), col(Audit.detail)).order_by(col(Audit.id))
    return [tuple(deed) for deed in counter.database.read_now(lambda session: session.execute(wanted).all())]


def test_what_the_platform_says_is_told_once_whatever_the_meter_shows(counter: Counter) -> None:
    has_used(counter, 12)
    rested(counter, timedelta(hours=1))
    for _ in range(2):
        counter.database.write_now(lambda session: quotas.warn(session, counter.now, counter.wire_now))
        counter.passes(minutes=1)
    assert deeds(counter) == [("quota", {"month": "2026-11", "percent": 100})]


def test_a_short_rest_is_not_told(counter: Counter) -> None:
    has_used(counter, 12)
    rested(counter, timedelta(minutes=1))
    assert counter.database.write_now(lambda session: quotas.warn(session, counter.now, counter.wire_now)) == 0


def rested(counter: Counter, pause: timedelta) -> None:
    counter.database.write_now(
        lambda session: Pacing(session, BOT, counter.wire_now).limited("lan", pause, whole_bot=True)
    )


def test_of_several_bots_the_one_is_named(counter: Counter) -> None:
    has_used(counter, 2100)
    counter.address("lan")
    assert left(counter) == (Quota("zalo", 900),)
    Counter(counter.database, bot="zalo:4100000002").address("lan")
    assert left(counter) == (Quota("zalo", 900, "4100000001"),)


def left(counter: Counter) -> tuple[Quota, ...]:
    return counter.database.read_now(lambda session: quotas.left(session, counter.wire_now))


@pytest.mark.parametrize(
    ("percent", "reserve", "says"),
    [(85, 10, "Khi còn 10%, hệ thống chỉ gửi"), (95, 10, "Từ nay đến hết tháng, hệ thống chỉ gửi"), (85, 20, "Từ nay")],
)
def test_the_warning_tells_from_when_the_rest_is_kept(percent: int, reserve: int, says: str) -> None:
    assert says in running_out("zalo", None, percent, 5, reserve)


def test_without_a_reserve_no_warning_speaks_of_it() -> None:
    assert running_out("zalo", "41", 95, 5, 0) == "Đã dùng 95% hạn mức Zalo (bot 41) của tháng, còn 5 tin."


def test_the_settings_may_know_a_better_plan(counter: Counter) -> None:
    has_used(counter, 2700)
    bigger = Terms(messages=10_000, reserve=5, people=None)
    counter.database.write_now(lambda session: meter.keep_terms(session, "zalo", bigger))
    counter.queue("lan", "tin thường")
    assert said(counter) == ["tin thường"]
    assert counter.database.read_now(lambda session: quotas.left(session, counter.wire_now)) == (Quota("zalo", 7299),)


def test_without_a_limit_nothing_is_kept_back_or_told(counter: Counter) -> None:
    has_used(counter, 1_000_000)
    counter.database.write_now(lambda session: meter.keep_terms(session, "zalo", Terms(None, 10, None)))
    counter.queue("lan", "tin thường")
    assert said(counter) == ["tin thường"]
    assert counter.database.write_now(lambda session: quotas.warn(session, counter.now, counter.wire_now)) == 0
    assert counter.database.read_now(lambda session: quotas.left(session, counter.wire_now)) == ()


@pytest.mark.parametrize(("messages", "reserve", "used"), [(3000, 10, 2700), (3000, 0, 3000), (7, 10, 7), (10, 100, 0)])
def test_the_reserve_is_per_cent_of_the_month(messages: int, reserve: int, used: int) -> None:
    terms = Terms(messages, reserve, None)
    assert terms.is_reserved(used)
    assert not terms.is_reserved(used - 1)


def test_the_month_is_that_of_ha_noi(counter: Counter) -> None:
    end = counter.wire_now.replace(day=30, hour=16, minute=59)
    assert meter.month(end) == "2026-11"
    assert meter.month(end + timedelta(minutes=1)) == "2026-12"


def test_a_bot_without_a_quota_is_not_counted(database: Database) -> None:
    counter = Counter(database, bot="telegram:1")
    counter.queue("lan", "một")
    assert len(counter.claim()) == 1
    assert counter.database.read_now(lambda s: meter.used(s, "telegram:1", counter.wire_now)) == 0
