"""Loading again: what changed in the file changes, what people did stays."""

import unicodedata
from datetime import date, time

import pytest
from sqlalchemy import update

from api.services.loading import blocfile
from models.database import Database
from models.tables import (
    Address,
    Agency,
    Audit,
    Binding,
    Bloc,
    Content,
    Milestone,
    Obligation,
    Person,
    Post,
    Reminder,
    Update,
)
from tests.api.loading.covenants import SMALL, at, edited, load, put, rows, shipped, small

SECOND = "  - {key: bc-2, title: Báo cáo hai, due: 15/8}\n"


def answer(database: Database, code: str, short: str, percent: int = 70) -> int:
    """An agency's answer, as a turn stores it."""
    [agency] = rows(database, Agency, short=short)
    [milestone] = rows(database, Milestone, number=int(code[1:]))
    [obligation] = rows(database, Obligation, agency_id=agency.id, milestone_id=milestone.id)
    told = Update(
        obligation_id=obligation.id, kind="progress", percent=percent, at=at("2024-05-02 10:00"), channel="web"
    )
    put(database, told)
    return int(obligation.id)


def asleep(database: Database) -> None:
    """As after a tick that found nothing due."""

    database.write_now(lambda session: session.execute(update(Obligation).values(look_on=date(2024, 12, 1))))


@pytest.mark.parametrize("name", blocfile.samples())
def test_a_second_loading_creates_and_changes_nothing(database: Database, name: str) -> None:
    first = load(database, shipped(name), "2024-04-02 09:00")
    revision = rows(database, Bloc)[0].revision
    second = load(database, shipped(name), "2024-04-02 09:05")

    assert first.created > 0
    assert (second.created, second.changed) == (0, 0)
    assert second.warnings == first.warnings
    assert rows(database, Bloc)[0].revision == revision
    assert len(rows(database, Audit)) == 1


def test_the_answer_to_the_operator_has_five_names_and_three_numbers(sqlite_database: Database) -> None:
    told = load(sqlite_database, small()).model_dump()
    assert list(told) == ["bloc", "season", "created", "changed", "warnings"]
    assert [type(told[name]) for name in ("season", "created", "changed")] == [int, int, int]


def test_what_is_to_be_done_is_looked_at_today(database: Database) -> None:
    load(database, small(), "2024-04-02 09:00")
    assert [o.look_on for o in rows(database, Obligation)] == [date(2024, 4, 2)] * 6


def test_a_moved_date_is_looked_at_today_and_written_down(database: Database) -> None:
    load(database, small())
    asleep(database)
    revision = rows(database, Bloc)[0].revision

    loaded = load(database, small(("15/8", "20/8")), "2024-06-03 09:00")

    assert (loaded.created, loaded.changed) == (0, 1)
    [_, second] = rows(database, Milestone)
    assert second.due_on == date(2024, 8, 20)
    assert {o.look_on for o in rows(database, Obligation, milestone_id=second.id)} == {date(2024, 6, 3)}
    assert rows(database, Bloc)[0].revision == revision + 1
    assert rows(database, Audit)[-1].detail["moved"] == [
        {"milestone": second.id, "from": "2024-08-15", "to": "2024-08-20"}
    ]


def test_answers_survive_whatever_the_file_says(database: Database) -> None:
    load(database, small())
    told = answer(database, "K1", "STP")

    load(database, small(("15/5", "20/5"), ("Báo cáo một", "Báo cáo đầu"), ("Sở Tư pháp", "Sở Tư pháp tỉnh")))

    assert [(update.obligation_id, update.percent) for update in rows(database, Update)] == [(told, 70)]
    assert told in [obligation.id for obligation in rows(database, Obligation)]


def test_a_milestone_that_left_the_file_goes_with_its_reminders_when_nobody_answered(database: Database) -> None:
    load(database, small())
    [person] = put(database, Person(name="An"))
    last = rows(database, Obligation)[-1]
    reminder = Reminder(
        obligation_id=last.id,
        due_on=date(2024, 8, 15),
        rung=-3,
        person_id=person,
        round=1,
        planned_at=at("2024-08-12 08:30"),
    )
    put(database, reminder)

    loaded = load(database, small((SECOND, "")))

    assert (loaded.created, loaded.changed, loaded.obligations) == (0, 4, 3)
    assert [milestone.key for milestone in rows(database, Milestone)] == ["bc-1"]
    assert rows(database, Reminder) == []


def test_a_milestone_that_left_the_file_stays_with_the_answers_it_has(database: Database) -> None:
    load(database, small())
    told = answer(database, "K2", "STP")

    loaded = load(database, small((SECOND, "")))

    assert "Không còn trong tệp nhưng đã có trả lời, nên được giữ lại: K2-STP." in loaded.warnings
    assert [o.id for o in rows(database, Obligation) if o.milestone_id == rows(database, Milestone)[1].id] == [told]
    again = load(database, small((SECOND, "")))
    assert (again.created, again.changed) == (0, 0)
    assert again.warnings == loaded.warnings


def test_an_agency_that_left_the_file_is_gone_when_nothing_hangs_on_it(database: Database) -> None:
    load(database, small())
    gone = ("  - {name: Thanh tra tỉnh, short: TTT}\n", "")

    assert load(database, small(gone)).changed == 3
    assert [agency.short for agency in rows(database, Agency)] == ["CA", "STP"]


def test_an_agency_that_left_the_file_stays_with_what_it_answered(database: Database) -> None:
    load(database, small())
    answer(database, "K1", "TTT")

    loaded = load(database, small(("  - {name: Thanh tra tỉnh, short: TTT}\n", "")))

    assert loaded.changed == 1
    assert any("K1-TTT" in warning for warning in loaded.warnings)
    assert [agency.short for agency in rows(database, Agency)] == ["CA", "STP", "TTT"]


def test_a_renamed_agency_is_the_same_one(database: Database) -> None:
    load(database, small())
    before = [agency.id for agency in rows(database, Agency)]

    loaded = load(database, small(("Sở Tư pháp", "Sở Tư pháp và Nội vụ")))

    assert (loaded.created, loaded.changed) == (0, 1)
    assert [agency.id for agency in rows(database, Agency)] == before


def test_a_corrected_code_keeps_the_agency_and_its_answers(database: Database) -> None:
    load(database, small(("short: STP", "short: SPT")))
    told = answer(database, "K1", "SPT")

    loaded = load(database, small())

    assert (loaded.created, loaded.changed) == (0, 1)
    [agency] = rows(database, Agency, short="STP")
    [obligation] = [o for o in rows(database, Obligation) if o.id == told]
    assert obligation.agency_id == agency.id


def test_an_agency_owes_only_what_falls_due_while_it_exists(database: Database) -> None:
    successor = "  - {name: Sở Nội vụ, short: SNV, valid_from: 1/7/2024}"
    merged = small(("short: TTT}", f"short: TTT, valid_to: 2024-06-30, successor: SNV}}\n{successor}"))

    load(database, merged)

    by_id = {agency.id: agency for agency in rows(database, Agency)}
    keys = {milestone.id: milestone.key for milestone in rows(database, Milestone)}
    owed = {(by_id[o.agency_id].short, keys[o.milestone_id]) for o in rows(database, Obligation)}
    assert owed == {("CA", "bc-1"), ("CA", "bc-2"), ("STP", "bc-1"), ("STP", "bc-2"), ("TTT", "bc-1"), ("SNV", "bc-2")}
    [old] = rows(database, Agency, short="TTT")
    assert by_id[old.successor_id].short == "SNV"


def test_an_agency_that_joins_late_is_not_accused_of_what_was_due_before(database: Database) -> None:
    load(database, small(), "2024-04-02 09:00")
    joined = small(("short: TTT}", "short: TTT}\n  - {name: Sở Nội vụ, short: SNV}"))

    load(database, joined, "2024-06-03 09:00")

    [agency] = rows(database, Agency, short="SNV")
    assert [o.followed for o in rows(database, Obligation, agency_id=agency.id)] == [False, True]


def test_whom_a_milestone_concerns_is_what_the_file_says(database: Database) -> None:
    load(database, small(("due: 15/5", "due: 15/5, owed_by: head"), ("due: 15/8", "due: 15/8, owed_by: [ttt, STP]")))

    shorts = {agency.id: agency.short for agency in rows(database, Agency)}
    [first, second] = rows(database, Milestone)
    assert [shorts[o.agency_id] for o in rows(database, Obligation, milestone_id=first.id)] == ["CA"]
    assert [shorts[o.agency_id] for o in rows(database, Obligation, milestone_id=second.id)] == ["STP", "TTT"]
    assert (first.owed_by, second.owed_by) == ("head", "some")


def test_a_milestone_keeps_everything_the_file_says_of_it(database: Database) -> None:
    whole = (
        "due: 15/8, due_time: 16h30, evidence: file, target: '12,5', unit: '%', content: Một nội dung, "
        "aliases: [giải ngân], report: true, outside: true"
    )
    load(database, small(("due: 15/8", whole), ("season: 2024", "season: 2024\ncontents: [Một nội dung]")))

    milestone = rows(database, Milestone)[1]
    assert (milestone.due_time, milestone.evidence, milestone.target, milestone.unit) == (
        time(16, 30),
        "file",
        12.5,
        "%",
    )
    assert (milestone.aliases, milestone.is_report, milestone.outside) == (["giải ngân"], True, True)
    assert [content.id for content in rows(database, Content)] == [milestone.content_id]


def test_contents_that_left_the_file_leave_their_milestones(database: Database) -> None:
    named = ("season: 2024", "season: 2024\ncontents: [Một, Hai]")
    load(database, small(named, ("due: 15/8", "due: 15/8, content: 2")))

    loaded = load(database, small(("season: 2024", "season: 2024\ncontents: [Một]")))

    assert loaded.changed == 2
    assert [content.name for content in rows(database, Content)] == ["Một"]
    assert rows(database, Milestone)[1].content_id is None


def test_words_before_a_date_are_kept_and_their_reading_is_to_be_confirmed(database: Database) -> None:
    loaded = load(database, small(("due: 15/8", "due: trước ngày 15/8")))

    milestone = rows(database, Milestone)[1]
    assert (milestone.due_on, milestone.due_text) == (date(2024, 8, 14), "trước ngày 15/8")
    assert "Đề nghị xác nhận cách đọc thời hạn: K2 “trước ngày 15/8” là 14/8/2024." in loaded.warnings


def test_a_recurring_milestone_becomes_one_for_each_of_its_occasions(database: Database) -> None:
    rule = ("due: 15/8", "recurs: quarter, due: trước ngày 15 tháng cuối quý, aliases: [bc quý]")
    loaded = load(database, small(rule))

    told = [(m.key, m.period, m.title, m.due_on.isoformat()) for m in rows(database, Milestone)][1:]
    assert told == [
        ("bc-2-2024-Q1", "2024-Q1", "Báo cáo hai quý I", "2024-03-14"),
        ("bc-2-2024-Q2", "2024-Q2", "Báo cáo hai quý II", "2024-06-14"),
        ("bc-2-2024-Q3", "2024-Q3", "Báo cáo hai quý III", "2024-09-14"),
        ("bc-2-2024-Q4", "2024-Q4", "Báo cáo hai quý IV", "2024-12-14"),
    ]
    assert not any("Cách gọi" in warning for warning in loaded.warnings)


@pytest.mark.parametrize(
    ("title", "recurs", "first"),
    [("Báo cáo quý", "quarter", "Báo cáo quý I"), ("Báo cáo hằng tháng", "month", "Báo cáo tháng 1"),
     ("Báo cáo 6 tháng", "half-year", "Báo cáo 6 tháng đầu năm")],
)  # fmt: skip
def test_the_period_is_not_said_twice(sqlite_database: Database, title: str, recurs: str, first: str) -> None:
    load(sqlite_database, small(("Báo cáo hai", title), ("due: 15/8", f"recurs: {recurs}, due: ngày 15")))

    assert rows(sqlite_database, Milestone)[1].title == first


def test_people_of_the_file_get_their_posts_once(database: Database) -> None:
    people = (
        "short: STP",
        "short: STP, people: [{name: Nguyễn An, role: focal, phone: '0209 111'}, {name: Trần Bình, role: leader}]",
    )
    loaded = load(database, small(people))

    assert [(post.role, post.since) for post in rows(database, Post)] == [
        ("focal", date(2024, 4, 2)),
        ("leader", date(2024, 4, 2)),
    ]
    assert "Chưa có cán bộ đầu mối: 02 đơn vị (CA, TTT)." in loaded.warnings
    assert load(database, small(people)).changed == 0


def test_who_is_replaced_in_the_file_leaves_and_the_chat_that_spoke_for_the_post_too(database: Database) -> None:
    def focal(name: str) -> tuple[str, str]:
        return "short: STP", f"short: STP, people: [{{name: {name}, role: focal}}]"

    load(database, small(focal("Nguyễn An")))
    load(database, small(focal("Lê Cường")), "2024-05-02 09:00")
    [first, second] = rows(database, Post)
    assert (first.until, second.until) == (date(2024, 5, 2), None)

    [address] = put(database, Address(channel="web", bot="main", chat="c", created_at=at("2024-05-02 10:00")))
    put(database, Binding(address_id=address, post_id=second.id, bound_at=at("2024-05-02 10:00")))
    loaded = load(database, small(focal("Phạm Dũng")), "2024-06-03 09:00")
    assert [post.until for post in rows(database, Post)] == [date(2024, 5, 2), date(2024, 6, 3), None]
    assert [binding.unbound_at for binding in rows(database, Binding)] == [at("2024-06-03 09:00")]
    assert "đã thôi vị trí và cuộc trò chuyện đã ngắt: Lê Cường (STP)." in loaded.warnings[-1]
    again = load(database, small(focal("Phạm Dũng")), "2024-06-04 09:00")
    assert (again.created, again.changed) == (0, 0)
    assert "Lê Cường" not in "".join(again.warnings)


def test_a_file_that_names_nobody_dismisses_nobody(database: Database) -> None:
    load(database, small(("short: STP", "short: STP, people: [{name: Nguyễn An, role: focal}]")))
    assert load(database, small()).changed == 0
    assert [post.until for post in rows(database, Post)] == [None]


def test_the_template_can_be_taken_changed_and_thinned_out(sqlite_database: Database) -> None:
    lines = "  - default\n  - {use: M05, due: 20/6}\n  - {use: M10, confirmed: true}\n  - {use: M04, drop: true}\n"
    text = SMALL[: SMALL.index("  - {key: bc-1")] + lines
    load(sqlite_database, blocfile.read(text, "vi-du.yaml"))

    milestones = rows(sqlite_database, Milestone)
    assert " ".join(m.key for m in milestones) == "M01 M02 M03 M05 M06 M07 M08 M09 M10 M11 M12 M13 M14 M03a"
    by_key = {milestone.key: milestone for milestone in milestones}
    assert (by_key["M05"].due_on, by_key["M05"].is_default) == (date(2024, 6, 20), False)
    assert (by_key["M10"].due_on, by_key["M10"].is_default) == (date(2024, 11, 20), False)
    assert by_key["M06"].is_default


def test_warnings_name_what_people_have_to_settle(sqlite_database: Database) -> None:
    twice = ("Báo cáo hai, due: 15/8", "Báo cáo một, due: 17/8")
    loaded = load(sqlite_database, small(twice), "2024-05-20 09:00")

    assert loaded.warnings == [
        "Chưa có cán bộ đầu mối: 03 đơn vị (CA, STP, TTT).",
        "Đã qua – không theo dõi: K1 (15/5/2024).",
        "Thời hạn rơi vào ngày nghỉ, tính đến hết ngày làm việc kế tiếp: "
        "K2 thứ bảy 17/8/2024 → thứ hai 19/8/2024.",
        "Hai mốc cùng tên: K1 và K2 “Báo cáo một”.",
    ]  # fmt: skip


def test_a_strict_bloc_is_told_that_a_day_off_counts_as_it_is(sqlite_database: Database) -> None:
    loaded = load(sqlite_database, small(("season: 2024", "season: 2024\nsettings: {strict: true}"), ("15/8", "17/8")))
    assert "Thời hạn rơi vào ngày nghỉ, vẫn tính đúng ngày: K2 thứ bảy 17/8/2024." in loaded.warnings


def test_settings_of_the_file_become_the_bloc_s(sqlite_database: Database) -> None:
    asked = (
        "season: 2024\nsettings: {policy: {level: tối thiểu, every: 3}, comrade: false, calendar: {"
        "days_off: [15/8/2024], office: 07:00 - 16:30, weekend: [sun], not_before: {mon: 10:00}}}"
    )
    load(sqlite_database, small(("season: 2024", asked)))

    settings = rows(sqlite_database, Bloc)[0].settings
    assert settings["policy"] == {"level": "tối thiểu", "every": 3}
    assert settings["comrade"] is False
    assert settings["calendar"] == {
        "days_off": ["2024-08-15"],
        "weekend": [6],
        "office": ["07:00", "16:30"],
        "not_before": {"0": "10:00"},
    }


def test_the_file_may_be_one_that_somebody_typed_on_a_mac(sqlite_database: Database) -> None:
    load(sqlite_database, blocfile.read(unicodedata.normalize("NFD", SMALL).encode(), "vi-du.yaml"))
    assert [agency.name for agency in rows(sqlite_database, Agency)] == ["Công an tỉnh", "Sở Tư pháp", "Thanh tra tỉnh"]


def test_without_a_slug_the_file_s_own_name_is_the_bloc_s(sqlite_database: Database) -> None:
    text = edited(SMALL, ("slug: vi-du\n", ""))
    assert blocfile.read(text, "khoi/noi-chinh-2024.yaml").slug == "noi-chinh"
    assert blocfile.read(text, "cum-6.yml").slug == "cum-6"
