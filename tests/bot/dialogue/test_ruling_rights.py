"""Who rules on what: the seats of the task's own season, a deputy on the head's tasks, the administrator without one,
nobody on what they have sent."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.dialogue.values import Seat
from tests.bot.dialogue.world import HEAD, Chat, World


def sent(world: World, agency: int = 1) -> None:
    world.add("K5", agency, kind="letter", letter="145/BC", at=world.now - timedelta(minutes=5))


def sits(world: World, *seats: tuple[int, Seat], role: str = "leader", agency: int = HEAD) -> Chat:
    return Chat(world, (replace(world.place(role, agency, person=900), seats=seats),))


@pytest.mark.parametrize("said", ["xác nhận K5-STP", "bổ sung K5-STP thiếu số liệu", "K5-STP miễn không được giao"])
def test_who_leads_only_the_new_season_does_not_rule_over_the_old_one(said: str) -> None:
    sent(world := World())
    chat = sits(world, (2025, "head"))
    chat.hear(said)
    assert "thuộc giao ước năm 2024" in chat.text
    assert not chat.reply.deeds
    chat.hear("/duyet")
    assert "K5-STP Báo cáo" not in chat.text


def test_who_leads_both_rules_over_each_as_what_they_are_there() -> None:
    sent(world := World())
    chat = sits(world, (2025, "deputy"), (2024, "head"))
    chat.hear("K7-STP miễn không được giao nhiệm vụ này")
    assert "Đã miễn K7-STP" in chat.text, "the head of 2024"
    chat = sits(world, (2025, "head"), (2024, "deputy"))
    chat.hear("K9-STP miễn không được giao nhiệm vụ này")
    assert "do Trưởng khối quyết định" in chat.text
    chat.hear("xác nhận K5-STP")
    assert "Đã xác nhận K5-STP" in chat.text


def test_who_leads_another_season_takes_nothing_back() -> None:
    sent(world := World())
    head = sits(world, (2024, "head"))
    head.hear("xác nhận K5-STP")
    stored = head.talk.last
    other = sits(world, (2025, "head"), agency=5)
    other.hear(f"hủy BN-{stored[0]:04d}")
    assert "thuộc giao ước năm 2024" in other.text
    assert not other.reply.deeds
    head.hear("hủy")
    assert "Đã hủy xác nhận K5-STP" in head.text


def test_without_a_deputy_the_head_is_told_who_confirms_and_the_administrator_does() -> None:
    sent(world := World(has_deputy=False), HEAD)
    head = sits(world, (2024, "head"))
    head.hear("xác nhận K5-CA")
    assert "chưa có Phó Trưởng khối kết nối: do quản trị hệ thống xác nhận" in head.text
    assert "ghi đơn vị giữ vị trí này vào tệp khối" in head.text
    admin = sits(world, (2024, "head"), role="admin")
    admin.hear("/duyet")
    assert "K5-CA Báo cáo sơ kết" in admin.text
    admin.hear("1")
    assert "Đã xác nhận K5-CA" in admin.text
    sent(world, 1)
    admin.hear("xác nhận K5-STP")
    assert "do Trưởng khối quyết định" in admin.text


def test_with_a_deputy_the_administrator_decides_nothing() -> None:
    sent(world := World(), HEAD)
    admin = sits(world, (2024, "head"), role="admin")
    admin.hear("xác nhận K5-CA")
    assert "do Phó Trưởng khối xác nhận" in admin.text


def test_the_administrator_does_not_confirm_what_they_have_recorded() -> None:
    world = World(has_deputy=False)
    admin = sits(world, (2024, "head"), role="admin")
    admin.hear("ghi hộ CA K5 đã gửi công văn 9/BC-CA ngày 11/6")
    admin.hear("xác nhận K5-CA")
    assert "do đồng chí gửi hoặc ghi hộ" in admin.text
