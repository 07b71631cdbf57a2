"""The words of a reminder: one merged message by urgency, one next action each."""

from dataclasses import replace
from datetime import date, time, timedelta

from bot.dialogue import opened_by, phrases
from bot.dialogue.phrases import tasks
from bot.dialogue.values import Item
from tests.bot.dialogue.world import World, local


def a_world(day: date = date(2024, 6, 20)) -> World:
    return World(now=local(day, "08:30"))


def test_a_single_task_ends_in_its_question() -> None:
    world = a_world(date(2024, 6, 11))
    world.add("K5", percent=52)
    say = phrases.reminder([world.item("K5", 1)], world.today, "Nguyễn Thị An")
    assert say.text == (
        "Kính gửi đồng chí Nguyễn Thị An – Sở Tư pháp.\n"
        "Thông tin gần nhất: 52%.\n"
        "Trả lời cho K5 Báo cáo sơ kết 6 tháng, thời hạn 15/6/2024 (còn 03 ngày làm việc):"
    )
    assert [(choice.key, choice.label, choice.says) for choice in say.choices] == [
        ("1", "Đã gửi", "K5 1"),
        ("2", "Đang thực hiện", "K5 2"),
        ("3", "Khó khăn, vướng mắc", "K5 3"),
    ]


def test_several_tasks_stand_by_urgency_each_with_its_last_word_and_next_step() -> None:
    world = a_world()
    world.add("K5", kind="done")
    world.add("K9", value=12)
    say = phrases.reminder([world.item(code, 1) for code in ("K9", "K7", "K5")], world.today, "Nguyễn Thị An")
    assert say.text.splitlines() == [
        "Kính gửi đồng chí Nguyễn Thị An – Sở Tư pháp.",
        "Đơn vị có 03 nhiệm vụ cần thực hiện:",
        "Đã qua thời hạn:",
        "- K5 Báo cáo sơ kết 6 tháng: 15/6/2024 (đã qua 04 ngày làm việc); đã báo gửi, còn thiếu minh chứng; "
        "gửi tệp hoặc số công văn kèm K5",
        "Hôm nay, thứ Năm 20/6/2024:",
        "- K7 Báo cáo nhanh quý III: 20/6/2024 (đến thời hạn); chưa có thông tin; soạn K7 xong hoặc K7 70%",
        "Sắp đến thời hạn:",
        "- K9 Vụ việc trợ giúp pháp lý: 25/6/2024 (còn 03 ngày làm việc); 12/15 vụ; soạn K9 xong hoặc K9 <số>/15",
        "Trả lời theo mã, ví dụ: K5 70%, K5 xong, K5 3 <khó khăn>, K5 hẹn <ngày>.",
    ]
    assert not say.choices


def test_a_long_list_is_cut() -> None:
    world = a_world(date(2024, 6, 11))
    items = world.items(1)[:10]
    assert "và 04 nhiệm vụ khác: soạn viec." in phrases.reminder(items, world.today, None).text


def test_the_first_message_says_what_it_is_and_reproaches_nobody() -> None:
    world = a_world()
    text = phrases.reminder([world.item("K5", 1)], world.today, "Nguyễn Thị An", first=True).text
    assert "Hệ thống bắt đầu theo dõi" in text
    assert not any(word in text.lower() for word in ("vi phạm", "chậm", "trễ", "không thực hiện"))


def test_a_person_of_two_agencies_sees_whose_task_it_is() -> None:
    world = a_world()
    text = phrases.reminder([world.item("K5", 1), world.item("K5", 2)], world.today, "Nguyễn Thị An").text
    assert "K5-STP" in text
    assert "K5-TTT" in text


def test_an_hour_is_told_where_the_task_has_one() -> None:
    world = a_world(date(2024, 6, 11))
    timed = replace(world.item("K5", 1), due_time=time(16, 0))
    assert "thời hạn 16:00 ngày 15/6/2024" in phrases.reminder([timed], world.today, None).text


def test_only_a_reminder_of_one_task_opens_a_question() -> None:
    world = a_world()
    until = world.now + timedelta(days=1)
    one, two = world.item("K5", 1), world.item("K7", 1)
    asked = opened_by([one], until)
    assert asked is not None
    assert asked.obligations == (one.obligation_id,)
    assert opened_by([one, two], until) is None


def test_every_state_has_its_word() -> None:
    world = a_world(date(2024, 6, 11))

    def told(**known: object) -> str:
        world.facts.clear()
        world.add("K7", **known)
        return tasks.state(item())

    def item() -> Item:
        return world.item("K7", 1)

    assert tasks.state(item()) == "chưa có thông tin"
    assert told(kind="acknowledged") == "đã nhận thông tin"
    assert told(kind="signing") == "đang trình ký"
    assert told(kind="difficulty", note="thiếu người") == "khó khăn, vướng mắc – “thiếu người”"
    assert told(kind="promise", promise_on=date(2024, 6, 14)) == "dự kiến 14/6/2024"
    assert told(kind="progress", percent=70) == "70%"
    assert told(kind="nothing") == "đã hoàn thành"


def test_a_message_fits_its_channel_and_counts_what_it_leaves_out() -> None:
    world = a_world(date(2024, 6, 11))
    items = world.items(1)[:10]
    for limit in (400, 700, 1000, 3500):
        text = phrases.reminder(items, world.today, "Nguyễn Thị An", limit=limit).text
        shown = sum(line.startswith("- K") for line in text.splitlines())
        assert len(text) <= limit or shown == 1
        assert f"và {10 - shown:02d} nhiệm vụ khác: soạn viec." in text
        assert items[0].code in text, "the most urgent is always told"
