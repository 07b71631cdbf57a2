"""Why an overdue obligation is silent: nine agencies, nine reasons, each counted once and proven by a row that its
story shows."""

from datetime import timedelta

import pytest
from sqlmodel import Session, col, update

from api.services import ledger, status
from api.shapes import Story
from bot.dialogue.phrases import terminal
from models.rules.progress import SILENCES
from models.tables import Agency
from tests.flows.conftest import OpenWorld
from tests.flows.world import World

SAMPLE = "noi-chinh-bac-kan-2024"


async def story(world: World, code: str) -> Story:
    def read(session: Session) -> Story:
        bloc_id, season_id, _ = status.season_of(session, world.slug, world.year)
        return ledger.story(session, bloc_id, season_id, code, world.now)

    return await world.database.read(read)


async def nine(world: World) -> dict[str, str]:
    """What each agency's silence is to be; the covenant's K5 fell due on 15/6/2024."""
    await world.load(SAMPLE)
    head = await world.link("CA", "leader")
    people = {short: await world.link(short) for short in ("STP", "TTT", "CA", "TAND", "VKS", "THADS", "QLTT")}
    off = update(Agency).where(col(Agency.short) == "BCHQS").values(off_channel=True)
    await world.database.write(lambda session: session.execute(off) and None)
    await people["TTT"].says("K5 đã gửi công văn 12/BC-TTT ngày 11/6")
    assert "Đã gửi Thanh tra tỉnh" in await head.says("bổ sung K5-TTT thiếu số liệu")
    await people["VKS"].blocks()
    await world.play_until("2024-06-18 10:00")
    await people["STP"].says("K5 gia hạn 21/6 chờ số liệu của các phòng")
    await people["TAND"].says("K5 3 chưa có số liệu của cấp huyện")
    await people["THADS"].says("K5 hẹn 21/6")
    await people["QLTT"].says("K5 nhận")
    return {
        "STP": "waiting_for_head", "TTT": "returned", "TAND": "blocked", "THADS": "promised", "QLTT": "acknowledged",
        "SNV": "not_linked", "BCHQS": "off_channel", "VKS": "not_delivered", "CA": "no_answer",
    }  # fmt: skip


@pytest.mark.anyio
async def test_a_shut_chat_is_told_with_the_moment_since_when(open_world: OpenWorld) -> None:
    async with open_world("2024-06-11 09:00") as world:
        await world.load(SAMPLE)
        person = await world.link("VKS")
        await world.play_until("2024-06-12 14:00")
        await person.blocks()
        shut = [event for event in (await story(world, "K5-VKS")).events if event["what"] == "shut"]
        assert [event["at"].isoformat() for event in shut] == ["2024-06-12T14:00:00+07:00"]


@pytest.mark.anyio
async def test_each_of_the_nine_reasons_is_proven_by_a_row(open_world: OpenWorld) -> None:
    async with open_world("2024-06-11 09:00") as world:
        meant = await nine(world)
        assert set(meant.values()) == set(SILENCES)
        stories = {short: await story(world, f"K5-{short}") for short in meant}
        assert {short: one.silence for short, one in stories.items()} == meant
        said = {short: [event["what"] for event in one.events] for short, one in stories.items()}
        for short, row in (
            ("STP", "extension"), ("TTT", "returned"), ("TAND", "difficulty"), ("THADS", "promise"),
            ("QLTT", "acknowledged"),
        ):  # fmt: skip
            assert row in said[short]
        for short, row in (("SNV", "no_code"), ("BCHQS", "off_channel"), ("VKS", "shut")):
            assert row in said[short]
        told = {short: terminal.story(one.model_dump()) for short, one in stories.items()}
        assert "kênh không nhận được tin (fake, đã chặn)" in told["VKS"]
        assert "Chưa hoàn thành quá hạn, lý do: chưa gửi được tin." in told["VKS"]
        assert "lý do: đang chờ Trưởng khối." in told["STP"]
        assert ", bậc 0:" in told["CA"]
        assert "not_linked" in stories["SNV"].quiet_because
        assert "off_channel" in stories["BCHQS"].quiet_because
        assert "not_delivered" in stories["VKS"].quiet_because
        sent = [event for event in stories["CA"].events if event["what"] == "rung" and event["state"] == "sent"]
        assert sent, "somebody was asked, and has not answered"
        whole = await world.status()
        assert sum(sum(line.silence.model_dump().values()) for line in whole.agencies) == whole.totals.open_overdue


@pytest.mark.anyio
async def test_who_says_that_it_was_sent_is_let_be_for_the_day_and_the_desk_knows(open_world: OpenWorld) -> None:
    async with open_world("2024-06-17 07:45") as world:
        await world.load(SAMPLE)
        desk, agency = await world.link("CA", "desk"), await world.link("STP")
        await world.play_until("2024-06-18 08:00")
        before = len(agency.hears())
        answer = await agency.says("K5 đã gửi rồi sao còn nhắc")
        assert "tạm dừng nhắc trong ngày" in answer, answer
        await world.play_until("2024-06-18 08:40")
        assert any("báo đã gửi K5-STP" in message.text for message in desk.hears("notice"))
        await world.play_until("2024-06-18 17:30")
        today = [message for message in agency.hears()[before:] if "K5" in message.codes]
        assert today == [], "today's reminder of it is withdrawn"
        await world.play_until("2024-06-19 17:30")
        again = [message for message in agency.hears()[before:] if "K5" in message.codes]
        assert [message.at.date() for message in again] == [world.now.date()]
        assert world.now - again[0].at < timedelta(days=1)


@pytest.mark.anyio
async def test_a_promise_that_was_not_kept_is_shown(open_world: OpenWorld) -> None:
    async with open_world("2024-06-11 09:00") as world:
        await world.load(SAMPLE)
        agency = await world.link("STP")
        assert "dự kiến gửi ngày 14/6/2024" in await agency.says("K5 hẹn 14/6")
        before = len(agency.hears())
        await world.play_until("2024-06-14 17:30")
        assert not [message for message in agency.hears()[before:] if "K5" in message.codes]
        await world.play_until("2024-06-18 17:30")
        told = [message.text for message in agency.hears()[before:] if "K5" in message.codes]
        assert "đã hẹn 14/6, chưa gửi" in told[0]
