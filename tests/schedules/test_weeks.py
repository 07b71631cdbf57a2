"""The summary every Friday: once a person and week, whoever ticks, before a holiday too, never into the weekend."""

from datetime import date, time

import pytest

from api.services.desk import weeks
from models.database import Database
from models.rules import calendar
from tests.schedules.covenant import Covenant, at
from tests.schedules.office import Office


@pytest.fixture
def led(database: Database) -> Office:
    """A head with its leader and desk, and one agency that owes something overdue."""
    covenant = Covenant(database)
    head, other = covenant.agency("CA"), covenant.agency("STP")
    for agency in (head, other):
        covenant.owes(agency, "2024-06-10", look_on=None)
    for name, role in (("Cường", "leader"), ("Bình", "desk")):
        person = covenant.person(head, name, role)
        covenant.link(person, name)
    covenant.focal(other)
    office = Office(covenant)
    office.heads(head)
    return office


def test_it_comes_on_friday_afternoon_to_head_and_desk_once(led: Office) -> None:
    assert led.on("2024-06-14", "14:29").tick().summaries == 0
    assert led.on("2024-06-14", "14:30").tick().summaries == 4
    assert led.on("2024-06-14", "14:31").tick().summaries == 0
    led.mouth()
    assert sorted(parcel.chat for parcel in led.arrived) == ["Bình", "Bình", "Cường", "Cường"]
    summary, to_paste = (parcel.say.text for parcel in led.arrived if parcel.chat == "Bình")
    assert "Chưa hoàn thành quá hạn, theo đơn vị:" in summary
    assert "- STP: K2 chưa gửi được tin" in summary or "- STP: K2 chưa có phản hồi" in summary
    assert "STP" not in to_paste, "names only when the head confirms"


def test_a_late_tick_still_sends_it_and_a_later_one_does_not(led: Office) -> None:
    assert led.on("2024-06-14", "15:29").tick().summaries == 4
    assert led.on("2024-06-21", "15:31").tick().summaries == 0
    assert led.on("2024-06-24", "10:00").tick().summaries == 0


def test_on_a_friday_off_it_comes_on_the_last_working_day_before(led: Office) -> None:
    """30 April and 1 May 2026 are days off: a Thursday and a Friday."""
    assert led.on("2026-04-28", "14:45").tick().summaries == 0
    assert led.on("2026-04-29", "14:45").tick().summaries == 4


def test_a_bloc_chooses_its_hour_or_none(database: Database) -> None:
    own = weeks.hour_of({"digest": {"day": 0, "at": "10:00"}})
    assert own == weeks.Hour(0, time(10))
    assert weeks.moment_of(own, date(2024, 6, 13), calendar.STANDARD) == at("2024-06-10", "10:00")
    assert weeks.hour_of({"digest": False}) is None


def test_a_paused_bloc_gets_none(led: Office) -> None:
    led.on("2024-06-14", "14:30").holds()
    assert led.tick().summaries == 0


def test_what_moved_within_the_week_is_told(led: Office) -> None:
    led.covenant.answer(2, at("2024-06-13", "10:00"), "nothing")
    led.on("2024-06-14", "14:30").tick()
    led.mouth()
    summary = led.texts("digest")[0]
    assert "hoàn thành thêm 01, mới quá hạn 01, chưa hoàn thành quá hạn tăng 01" in summary
    assert "Mới hoàn thành: K2-STP." in summary
    assert "Đã đến thời hạn hoặc đã hoàn thành 02 nhiệm vụ: hoàn thành đúng hạn 0%" in summary
    assert "có thông tin báo cáo 50%." in summary
