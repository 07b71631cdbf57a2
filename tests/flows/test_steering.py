"""The head and its desk steer the reminders: how firmly, whom else, and by letter."""

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from api.services import ledger
from api.shapes import Story
from bot.dialogue.phrases import terminal
from models.tables import Audit, Bloc
from models.tables.delivery import Escalation
from tests.flows import checks
from tests.flows.conftest import OpenWorld
from tests.flows.people import Person
from tests.flows.world import World

SAMPLE = "noi-chinh-bac-kan-2024"


async def begin(world: World, **policy: object) -> Person:
    """The bloc, and the desk of its head."""
    await world.load(SAMPLE)
    if policy:
        settings = {"policy": {"level": "standard", **policy}}
        await world.database.write(lambda session: session.execute(update(Bloc).values(settings=settings)))
    return await world.link("CA", "desk")


async def steps(world: World) -> list[tuple[str, str, str, str | None]]:
    """(step, since, outcome, why), as they were taken."""
    rows = select(col(Escalation.step), col(Escalation.since), col(Escalation.outcome), col(Escalation.why))
    found = await world.database.read(lambda session: session.execute(rows.order_by(col(Escalation.id))).all())
    return [(step, f"{since:%d/%m}", outcome, why) for step, since, outcome, why in found]


# --- how firmly


@pytest.mark.anyio
async def test_the_desk_reads_and_changes_the_level_and_a_reload_keeps_it(open_world: OpenWorld) -> None:
    async with open_world("2024-06-10 08:00") as world:
        desk = await begin(world)
        assert "mức nhắc tiêu chuẩn" in await desk.says("/mucnhac")
        assert "Đề nghị xác nhận" in await desk.says("mức nhắc tăng cường")
        assert "áp dụng mức nhắc tăng cường" in await desk.says("1")
        assert "mức nhắc tăng cường" in await desk.says("muc nhac")
        loaded = await world.load(SAMPLE)
        assert (loaded.created, loaded.changed) == (0, 0)
        assert "mức nhắc tăng cường" in await desk.says("muc nhac")
        audit = select(col(Audit.deed), col(Audit.actor)).where(col(Audit.deed).like("decided%"))
        assert (await world.database.read(lambda session: session.execute(audit).all()))[0].deed == "decided policy"


@pytest.mark.anyio
@pytest.mark.parametrize("said", ["2", "không"])
async def test_a_change_that_is_not_confirmed_changes_nothing(open_world: OpenWorld, said: str) -> None:
    async with open_world("2024-06-10 08:00") as world:
        desk = await begin(world)
        await desk.says("/mucnhac tối thiểu")
        assert "giữ mức nhắc tiêu chuẩn" in await desk.says(said)
        assert "mức nhắc tiêu chuẩn" in await desk.says("/mucnhac")


@pytest.mark.anyio
async def test_only_the_head_and_its_desk_change_the_level(open_world: OpenWorld) -> None:
    async with open_world("2024-06-10 08:00") as world:
        await begin(world)
        for person in (await world.link("STP"), await world.link("QLTT", "leader")):
            assert "bộ phận giúp việc quyết định" in await person.says("/mucnhac tăng cường")


@pytest.mark.anyio
async def test_an_unknown_level_is_answered_with_those_there_are(open_world: OpenWorld) -> None:
    async with open_world("2024-06-10 08:00") as world:
        desk = await begin(world)
        assert "tối thiểu, tiêu chuẩn hoặc tăng cường" in await desk.says("/mucnhac gắt hơn")


# --- a silence is passed on


@pytest.mark.anyio
async def test_a_silence_goes_to_the_deputy_and_then_to_the_desk(open_world: OpenWorld) -> None:
    """K5 is due on Saturday 15/6 and late from Tuesday 18/6: two days later the deputy, four days later the desk."""
    async with open_world("2024-05-27 08:00") as world:
        desk = await begin(world)
        focal, deputy = await world.link("STP"), await world.link("STP", "deputy_focal")
        await world.play_until("2024-06-24 18:00")
        assert [f"{message.at:%d/%m}" for message in deputy.hears()] == ["14/06", "19/06"]
        assert "chưa có phản hồi của cán bộ đầu mối" in deputy.hears()[-1].text
        assert focal.hears()
        told = desk.hears()[-1]
        assert "K5-STP Báo cáo sơ kết 6 tháng, Sở Tư pháp (đã qua 04 ngày làm việc): chưa có thông tin" in "\n".join(
            message.text for message in desk.hears()
        )
        assert "công văn" in told.text
        await checks.is_sound(world)


@pytest.mark.anyio
async def test_an_answer_begins_a_new_silence(open_world: OpenWorld) -> None:
    async with open_world("2024-05-27 08:00") as world:
        await begin(world)
        focal, deputy = await world.link("STP"), await world.link("STP", "deputy_focal")
        await world.play_until("2024-06-20 07:00")
        assert len(deputy.hears()) == 2
        await focal.says("K5 70%")
        await world.play_until("2024-06-25 18:00")
        assert [f"{message.at:%d/%m}" for message in deputy.hears()] == ["14/06", "19/06", "24/06"]


@pytest.mark.anyio
async def test_grace_days_delay_it(open_world: OpenWorld) -> None:
    async with open_world("2024-05-27 08:00") as world:
        await begin(world, grace_days=2)
        await world.link("STP")
        deputy = await world.link("STP", "deputy_focal")
        await world.play_until("2024-06-24 18:00")
        assert [f"{message.at:%d/%m}" for message in deputy.hears()] == ["14/06", "21/06"]


@pytest.mark.anyio
async def test_a_missing_step_is_skipped_and_recorded(open_world: OpenWorld) -> None:
    async with open_world("2024-05-27 08:00") as world:
        await world.load(SAMPLE)
        await world.link("STP")
        await world.play_until("2024-06-24 18:00")
        taken = await steps(world)
        assert ("deputy", "17/06", "skipped", "no_deputy") in taken
        assert ("desk", "17/06", "skipped", "no_desk") in taken


@pytest.mark.anyio
async def test_whom_no_message_reaches_stands_on_the_desks_telephone_list(open_world: OpenWorld) -> None:
    async with open_world("2024-05-27 08:00") as world:
        desk = await begin(world)
        stp = await world.link("STP")
        await world.play_until("2024-06-12 18:00")
        await stp.blocks()
        await world.play_until("2024-06-14 18:00")
        told = desk.hears()[-1].text
        assert "đề nghị liên hệ qua điện thoại" in told
        assert "Sở Tư pháp: đồng chí" in told
        assert "ghi hộ" in told


@pytest.mark.anyio
async def test_the_telephone_is_asked_for_even_on_a_rung_of_which_the_desk_was_told_otherwise(
    open_world: OpenWorld,
) -> None:
    """Told of the silence six working days late; the sixth rung, of that day too, finds the chat blocked."""
    async with open_world("2024-05-27 08:00") as world:
        desk = await begin(world, grace_days=2)
        stp = await world.link("STP")
        await world.play_until("2024-06-24 18:00")
        stp.has_blocked = True
        await world.play_until("2024-06-25 18:00")
        assert "K5-STP" in desk.hears()[-1].text
        await world.play_until("2024-06-26 18:00")
        assert "Sở Tư pháp: đồng chí" in desk.hears()[-1].text


@pytest.mark.anyio
async def test_a_telephone_list_ends_after_six_times_and_the_story_says_so(open_world: OpenWorld) -> None:
    async with open_world("2024-05-27 08:00") as world:
        desk = await begin(world)
        await world.play_until("2024-08-30 18:00")
        named = [message for message in desk.hears() if "Thanh tra tỉnh" in message.text and "K5" in message.codes]
        assert len(named) == 7, "on the due date, and six times after it"
        assert ("handed", "17/06", "skipped", "by_phone") in await steps(world)
        assert "handed" in (await told(world, "K5-TTT")).quiet_because


# --- an agency's leader


@pytest.mark.anyio
async def test_the_leader_is_written_to_after_the_heads_tap_only(open_world: OpenWorld) -> None:
    async with open_world("2024-05-27 08:00") as world:
        await begin(world, leader_after=5)
        head, leader = await world.link("CA", "leader"), await world.link("STP", "leader")
        await world.link("STP")
        await world.play_until("2024-06-24 18:00")
        assert "gửi lãnh đạo K5-STP" in head.hears()[-1].text
        assert not leader.hears("notice")
        assert "được gửi tới" in await head.says("gửi lãnh đạo K5-STP")
        await world.play_until("2024-06-25 12:00")
        assert "trân trọng đề nghị đồng chí quan tâm" in leader.hears("notice")[-1].text
        assert "Không có thay đổi" in await head.says("không gửi lãnh đạo K5-STP")
        assert ("leader", "17/06", "told", None) in await steps(world)


@pytest.mark.anyio
async def test_leaders_are_left_alone_unless_the_bloc_wants_it(open_world: OpenWorld) -> None:
    async with open_world("2024-06-24 08:00") as world:
        desk = await begin(world)
        assert "chưa bật" in await desk.says("gửi lãnh đạo K5-STP")


# --- by letter


@pytest.mark.anyio
async def test_a_letter_is_drafted_with_what_the_ledger_proves(open_world: OpenWorld) -> None:
    async with open_world("2024-05-27 08:00") as world:
        desk = await begin(world)
        await world.link("STP")
        await world.play_until("2024-06-21 18:00")
        draft = await desk.says("công văn STP")
        assert "Kính gửi: Sở Tư pháp" in draft
        assert "Báo cáo sơ kết 6 tháng (K5), thời hạn 15/6/2024, đã qua 04 ngày làm việc" in draft
        assert "các ngày 03/6/2024, 12/6/2024, 14/6/2024, 18/6/2024, 20/6/2024" in draft
        assert "trước ngày 28/6/2024" in draft
        assert "Đề nghị ghi tên hoặc mã đơn vị" in await desk.says("/congvan")


# --- the whole story


@pytest.mark.anyio
async def test_the_story_tells_whom_a_silence_was_passed_on_to_and_why_it_is_quiet_now(open_world: OpenWorld) -> None:
    async with open_world("2024-05-27 08:00") as world:
        await begin(world)
        focal = await world.link("STP")
        await world.play_until("2024-06-24 18:00")
        await world.hold()
        text = terminal.story((await told(world, "K5-STP")).model_dump())
        assert "chuyển cán bộ đầu mối dự phòng: bỏ qua, chưa có cán bộ đầu mối dự phòng" in text
        assert "im lặng từ 17/6/2024, báo bộ phận giúp việc: Người chat-" in text
        assert "tạm dừng gửi tin của khối" in text
        assert "Hiện không gửi vì: khối đang tạm dừng gửi tin; chưa đến bậc nhắc tiếp theo." in text
        await world.release()
        await focal.says("K5 hẹn 28/6")
        assert (await told(world, "K5-STP")).quiet_because[0] == "promised"
        await focal.says("K5 đã gửi công văn 145/BC-STP ngày 24/6")
        assert (await told(world, "K5-STP")).quiet_because == ["submitted"]
        assert (await told(world, "K10-TTT")).quiet_because == ["not_linked", "before_the_first_rung"]


@pytest.mark.anyio
async def test_the_story_says_that_a_week_is_full(open_world: OpenWorld) -> None:
    """Of one message a week, Monday's about the due date was it: Tuesday's first rung of lateness waits."""
    async with open_world("2024-09-05 08:00") as world:
        desk = await begin(world, budget_after=1)
        await world.link("STP")
        await desk.says("/doihan K8 16/9 theo công văn 12/CV-CA")
        await desk.says("1")
        await world.play_until("2024-09-18 18:00")
        story = await told(world, "K8-STP")
        assert story.quiet_because[-1] == "week_is_full"
        assert "cán bộ đầu mối đã nhận đủ số tin của tuần" in terminal.story(story.model_dump())


async def told(world: World, code: str) -> Story:
    return await world.database.read(lambda session: ledger.story(session, 1, 1, code, world.now))


@pytest.mark.anyio
async def test_where_nobody_is_linked_no_other_message_is_the_reason(open_world: OpenWorld) -> None:
    async with open_world("2024-06-10 09:00") as world:
        await world.load("noi-chinh-bac-kan-2024")
        assert (await told(world, "K5-STP")).quiet_because == ["not_linked"]


@pytest.mark.anyio
async def test_only_the_heads_own_tap_writes_to_a_leader(open_world: OpenWorld) -> None:
    async with open_world("2024-05-27 08:00") as world:
        desk = await begin(world, leader_after=5)
        head, leader = await world.link("CA", "leader"), await world.link("STP", "leader")
        await world.link("STP")
        await world.play_until("2024-06-25 09:00")
        assert "do Trưởng khối quyết định từng lần" in await desk.says("gửi lãnh đạo K5-STP")
        assert not leader.hears("notice")
        assert "được gửi tới" in await head.says("gửi lãnh đạo K5-STP")
        assert leader.hears("notice")


@pytest.mark.anyio
async def test_the_head_is_not_asked_about_writing_to_the_head(open_world: OpenWorld) -> None:
    async with open_world("2024-05-27 08:00") as world:
        await begin(world, leader_after=5)
        head = await world.link("CA", "leader")
        await world.link("CA")
        await world.play_until("2024-06-25 09:00")
        assert not [message for message in head.hears() if "K5-CA" in message.text]
        assert "lãnh đạo đơn vị là Trưởng khối" in terminal.story((await told(world, "K5-CA")).model_dump())


@pytest.mark.anyio
async def test_a_silence_after_an_answer_is_not_called_no_answer(open_world: OpenWorld) -> None:
    async with open_world("2024-06-19 08:00") as world:
        desk = await begin(world, leader_after=6)
        head, leader = await world.link("CA", "leader"), await world.link("STP", "leader")
        focal, deputy = await world.link("STP"), await world.link("STP", "deputy_focal")
        await desk.says("/doihan K5 19/6 theo công văn 12/CV-CA")
        await desk.says("1")
        await world.play_until("2024-06-20 09:00")
        await focal.says("K5 70%")
        await world.play_until("2024-07-01 09:40")
        assert "do chưa có phản hồi mới của cán bộ đầu mối" in deputy.hears()[-1].text
        assert "Quá hạn, chưa có phản hồi mới của đơn vị (01):" in "".join(one.text for one in desk.hears())
        await head.says("gửi lãnh đạo K5-STP")
        told = leader.hears("notice")[-1].text
        assert "thông tin gần nhất: 70%; đến nay chưa có phản hồi mới của cán bộ đầu mối" in told


@pytest.mark.anyio
@pytest.mark.parametrize(("typed", "outcome"), [("1", "told"), ("2", "declined")])
async def test_where_taps_are_numbers_the_head_types_one(open_world: OpenWorld, typed: str, outcome: str) -> None:
    async with open_world("2024-06-10 08:00") as world:
        await begin(world, leader_after=6)
        head, leader = await world.link("CA", "leader"), await world.link("STP", "leader")
        await world.link("STP")
        await world.play_until("2024-06-25 09:00")
        assert world.platforms[head.on].what_arrived(head.chat)[-1].endswith("1. Gửi tới lãnh đạo đơn vị\n2. Không gửi")
        assert "Đã ghi nhận" in await head.says(typed)
        assert bool(leader.hears("notice")) == (outcome == "told")
        assert ("leader", "17/06", outcome, None) in await steps(world)
