"""How firmly a bloc reminds, part by part: what each one changes, by the bloc file, by the API and in chat.

K1 is due on Wednesday 12/6, K2 (a report) on Friday 28/6; nobody answers. What is told is rehearsed from Monday 3/6.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
import yaml
from sqlmodel import Session

from api.services import policies, tokens
from api.shapes import CalendarShape, PolicyShape, RehearsedMessage
from models.rules.policy import NAMES
from schedules.rehearsal import rehearse
from tests.flows.conftest import OpenWorld
from tests.flows.people import Person
from tests.flows.world import World

BLOC = """
bloc: Khối thi đua Ví Dụ
slug: vi-du
season: 2024
signed_on: 29/3/2024
agencies:
  - {name: Công an tỉnh, short: CA, seat: head}
  - {name: Sở Tư pháp, short: STP}
milestones:
  - {key: ke-hoach, title: Kế hoạch thi đua, due: 12/6, owed_by: [STP], evidence: none}
  - {key: so-ket, title: Báo cáo sơ kết 6 tháng, due: 28/6, owed_by: [STP], report: true}
"""
PEOPLE = {
    "focal": ("STP", "focal"), "deputy": ("STP", "deputy_focal"), "leader": ("STP", "leader"),
    "head": ("CA", "leader"), "desk": ("CA", "desk"),
}  # fmt: skip
DAYS = 18
STANDARD = {
    ("focal", "K1"): ["07/06", "12/06", "13/06", "17/06", "20/06"],
    ("focal", "K2"): ["17/06"],
    ("deputy", "K1"): ["12/06", "14/06"],
    ("desk", "K1"): ["18/06"],
    ("head", "K1"): [],
}
"""K2's first rung, of Friday 14/6, finds two messages sent and waits for Monday's."""


@dataclass(frozen=True)
class Part:
    """What is written, and what it makes of the standard: by (who, code), the days on which it is told."""

    policy: Any
    """In the bloc file, and as JSON."""
    chat: str
    then: dict[tuple[str, str], list[str]]
    sending: tuple[str, str] | None = None
    important: tuple[str, ...] = ()


PARTS = {
    "minimal": Part("tối thiểu", "tối thiểu", {
        ("focal", "K1"): ["07/06", "13/06", "20/06"], ("focal", "K2"): [], ("deputy", "K1"): ["14/06"],
    }),
    "firm": Part("tăng cường", "tăng cường", {
        ("focal", "K1"): ["03/06", "05/06", "07/06", "11/06", "12/06", "14/06", "18/06", "20/06"],
        ("focal", "K2"): ["14/06", "21/06"],
    }),
    "rungs": Part({"rungs": [-2, 0, 2]}, "bậc -2, 0, 2", {
        ("focal", "K1"): ["10/06", "12/06", "14/06", "21/06"], ("focal", "K2"): ["14/06"],
    }),
    "report_rungs": Part({"report_rungs": [-8]}, "bậc báo cáo -8", {("focal", "K2"): ["18/06"]}),
    "important": Part({"level": "tiêu chuẩn"}, "quan trọng K1", {
        ("focal", "K1"): ["05/06", "07/06", "11/06", "12/06", "13/06", "17/06", "20/06"],
    }, important=("K1",)),
    "important_rungs": Part({"important_rungs": [-2]}, "bậc quan trọng -2; quan trọng K1", {
        ("focal", "K1"): ["07/06", "10/06", "12/06", "13/06", "17/06", "20/06"],
    }, important=("K1",)),
    "every": Part({"rungs": [0], "every": 2}, "bậc 0; cách 2 ngày", {
        ("focal", "K1"): ["12/06", "14/06", "18/06", "20/06"], ("focal", "K2"): ["14/06"],
    }),
    "deputy_rungs": Part({"deputy_rungs": [0, 1]}, "bậc dự phòng 0, 1", {
        ("deputy", "K1"): ["12/06", "13/06", "14/06"],
    }),
    "budget": Part({"budget_before": 1, "budget_after": 1}, "tin 1/1", {
        ("focal", "K1"): ["07/06", "12/06", "17/06"],
    }),
    "budget_important": Part(
        {"budget_before": 1, "budget_after": 1, "budget_important": 2}, "tin 1/1; tin quan trọng 2; quan trọng K1",
        {("focal", "K1"): ["05/06", "07/06", "11/06", "12/06", "17/06", "20/06"]}, important=("K1",),
    ),
    "stop_after": Part({"stop_after": 2}, "dừng sau 2 tin", {
        ("focal", "K1"): ["07/06", "12/06", "13/06", "17/06"],
    }),
    "grace_days": Part({"grace_days": 2}, "ân hạn 2 ngày", {
        ("deputy", "K1"): ["12/06", "18/06"], ("desk", "K1"): ["20/06"],
    }),
    "deputy_after": Part({"deputy_after": 3}, "dự phòng sau 3 ngày", {("deputy", "K1"): ["12/06", "17/06"]}),
    "desk_after": Part({"desk_after": 6}, "báo giúp việc sau 6 ngày", {("desk", "K1"): ["20/06"]}),
    "leader_after": Part({"leader_after": 5}, "gửi lãnh đạo sau 5 ngày", {("head", "K1"): ["19/06"]}),
    "windows": Part({"level": "tiêu chuẩn"}, "giờ 14h-16h", {
        ("focal", "K1"): ["07/06 14:00", "12/06 14:00", "13/06 14:00", "17/06 14:00", "20/06 14:00"],
        ("focal", "K2"): ["17/06 14:00"], ("deputy", "K1"): ["12/06 14:00", "14/06 14:00"],
        ("desk", "K1"): ["18/06 14:00"],
    }, sending=("14:00", "16:00")),
}  # fmt: skip


async def by_file(world: World, part: Part, slug: str) -> None:
    document = yaml.safe_load(BLOC.replace("vi-du", slug))
    document["settings"] = {"policy": part.policy}
    if part.sending:
        document["settings"]["calendar"] = {"sending": " - ".join(part.sending)}
    for number, milestone in enumerate(document["milestones"], 1):
        milestone["important"] = f"K{number}" in part.important
    await world.load_text(yaml.safe_dump(document, allow_unicode=True), f"{slug}.yaml")


async def by_api(world: World, part: Part, slug: str) -> None:
    token = await world.database.write(
        lambda session: tokens.make(session, "Văn phòng", "admin", None, world.now, world.now)
    )
    body = dict(part.policy) if isinstance(part.policy, dict) else {"level": part.policy}
    level = NAMES[body.get("level", "tiêu chuẩn")]
    await world.put(f"/v1/blocs/{slug}/policy", token, body | {"level": level, "important": list(part.important)})
    if part.sending:
        await world.put(f"/v1/blocs/{slug}/calendar", token, {"sending": [part.sending]})


async def by_chat(world: World, part: Part, desk: Person) -> None:
    assert "Đề nghị xác nhận" in await desk.says(f"/mucnhac {part.chat}")
    assert "Đã ghi nhận" in await desk.says("1")


def in_force(session: Session, bloc_id: int) -> tuple[PolicyShape, CalendarShape]:
    """Policy and calendar, wherever they were decided."""
    policy, calendar = policies.policy(session, bloc_id), policies.working_calendar(session, bloc_id, 2024)
    return policy.model_copy(update={"decided": True}), calendar.model_copy(update={"decided": True})


@pytest.mark.anyio
@pytest.mark.parametrize("name", PARTS)
async def test_file_api_and_chat_put_the_same_in_force(open_world: OpenWorld, name: str) -> None:
    part = PARTS[name]
    async with open_world("2024-06-03 07:00") as world:
        await by_file(world, part, "theo-tep")
        for slug in ("theo-api", "theo-tin"):
            await world.load_text(BLOC.replace("vi-du", slug), f"{slug}.yaml")
        await by_api(world, part, "theo-api")
        await by_chat(world, part, await world.link("CA", "desk", "theo-tin"))
        of_file, of_api, of_chat = [
            await world.database.read(lambda session, one=bloc_id: in_force(session, one)) for bloc_id in (1, 2, 3)
        ]
        assert of_file == of_api == of_chat


@pytest.mark.anyio
@pytest.mark.parametrize("name", ["standard", *PARTS])
async def test_each_part_has_its_effect(open_world: OpenWorld, name: str) -> None:
    async with open_world("2024-06-03 07:00") as world:
        await world.load_text(BLOC, "vi-du.yaml")
        people = {who: await world.link(*place) for who, place in PEOPLE.items()}
        if name in PARTS:
            await by_chat(world, PARTS[name], people["desk"])
        then = PARTS[name].then if name in PARTS else {}
        found = await told(world, people)
        assert {of: found.get(of, []) for of in STANDARD} == STANDARD | then


async def told(world: World, people: Mapping[str, Person]) -> dict[tuple[str, str], list[str]]:
    """By (who, code): on which days, and at what hour when that is not the first of the morning."""

    def read(session: Session) -> list[tuple[str, str, str]]:
        return [
            (_who(people, message), code.partition("-")[0], _when(message.at))
            for message in rehearse(session, 1, world.now, DAYS).messages
            for code in message.codes
        ]

    lines: dict[tuple[str, str], list[str]] = {}
    for role, code, at in await world.database.read(read):
        lines.setdefault((role, code), []).append(at)
    return lines


def _who(people: Mapping[str, Person], message: RehearsedMessage) -> str:
    return next(who for who, person in people.items() if (message.person or "").endswith(person.chat))


def _when(at: datetime) -> str:
    usual = "09:30" if at.weekday() == 0 else "08:30"
    return f"{at:%d/%m}" if f"{at:%H:%M}" == usual else f"{at:%d/%m %H:%M}"


@pytest.mark.anyio
async def test_notice_days_are_how_early_a_task_is_listed(open_world: OpenWorld) -> None:
    async with open_world("2024-06-03 07:00") as world:
        await world.load_text(BLOC, "vi-du.yaml")
        focal, desk = await world.link("STP"), await world.link("CA", "desk")
        assert "đang có 02 nhiệm vụ" in await focal.says("viec")
        await desk.says("/mucnhac hiển thị 20")
        await desk.says("1")
        listed = await focal.says("viec")
        assert "K1" in listed
        assert "Chưa đến kỳ: 01 nhiệm vụ." in listed


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("bậc không; cách 0", "không có bậc nhắc nào và không nhắc lại"),
        ("bậc dự phòng 2", "“bậc dự phòng” có bậc 2 nhưng bậc này không có trong các bậc nhắc"),
        ("bậc -40", "bậc -40 đến trước khi nhiệm vụ được hiển thị (hiển thị: 30)"),
        ("giúp việc 1", "bộ phận giúp việc được báo (1) trước cán bộ đầu mối dự phòng (2)"),
        ("lãnh đạo 3", "lãnh đạo đơn vị được gửi tin (3) trước khi bộ phận giúp việc được báo (4)"),
        ("dừng 0", "“dừng” không nhận giá trị 0, chỉ từ 1 đến 60"),
        ("bậc 0, 200", "“bậc” không nhận giá trị 0, 200, chỉ từ -60 đến 120"),
        ("bậc -3, 0; bậc -5", "“bậc” được ghi hai lần với giá trị khác nhau"),
        ("giờ 8h-11h; giờ 14h-16h", "“giờ” được ghi hai lần với giá trị khác nhau"),
        ("quan trọng K99", "không có nhiệm vụ K99"),
        ("giờ 18:00-19:00", "không gửi tin được trong giờ 18:00-19:00"),
        ("giờ 25:00-26:00", "không gửi tin được trong giờ 25:00-26:00"),
        ("ân hạn 1; nhắc mãi", "Chưa rõ mức nhắc “nhắc mãi”"),
    ],
)
async def test_what_contradicts_itself_is_refused_in_chat_too(open_world: OpenWorld, typed: str, says: str) -> None:
    async with open_world("2024-06-03 07:00") as world:
        await world.load_text(BLOC, "vi-du.yaml")
        desk = await world.link("CA", "desk")
        before = await world.database.read(lambda session: in_force(session, 1))
        assert says in await desk.says(f"mucnhac {typed}")
        await desk.says("1")
        assert await world.database.read(lambda session: in_force(session, 1)) == before


@pytest.mark.anyio
async def test_of_two_who_decide_at_once_the_second_is_told(open_world: OpenWorld) -> None:
    async with open_world("2024-06-03 07:00") as world:
        await world.load_text(BLOC, "vi-du.yaml")
        desk, head = await world.link("CA", "desk"), await world.link("CA", "leader")
        await desk.says("mucnhac ân hạn 1")
        await head.says("mucnhac ân hạn 2")
        assert "có điều chỉnh riêng" in await head.says("1")
        assert "vừa được người khác đổi" in await desk.says("1")
        shown = await desk.says("mucnhac")
        assert "sau 04 ngày làm việc chuyển cán bộ đầu mối dự phòng" in shown
        assert "Đổi từng phần" in shown
