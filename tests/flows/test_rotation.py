"""A new season, a new seat: rights follow the seat, and no person is touched."""

import pytest

from api.services import blocfile
from tests.flows.conftest import OpenWorld
from tests.flows.world import World

SAMPLE = "noi-chinh-bac-kan-2024"
NUMBERS = "chưa hoàn thành"


def next_year() -> str:
    """The covenant of 2025: Cục Quản lý thị trường heads the bloc, Công an tỉnh is its deputy no more."""
    return (
        blocfile.sample(SAMPLE)
        .replace("season: 2024 ", "season: 2025 ")
        .replace("signed_on: 2024-03-29", "signed_on: 2025-03-14")
        .replace("short: CA, seat: head", "short: CA")
        .replace("short: QLTT, seat: deputy", "short: QLTT, seat: head")
        .replace("short: STP}", "short: STP, seat: deputy}")
    )


@pytest.mark.anyio
async def test_a_rotation_of_the_seat_changes_rights_and_no_person(open_world: OpenWorld) -> None:
    async with open_world("2024-06-03 10:00") as world:
        await world.load(SAMPLE)
        old_head, new_head = await world.link("CA", "leader"), await world.link("QLTT", "leader")
        stp = await world.link("STP", "leader")
        assert NUMBERS in (await old_head.says("/status")).lower()
        assert NUMBERS in (await new_head.says("/status")).lower(), "the deputy reads the bloc too"
        assert NUMBERS not in (await stp.says("/status")).lower()

        await _rotate(world)
        assert NUMBERS in (await new_head.says("tình hình")).lower()
        assert NUMBERS in (await stp.says("tình hình")).lower()
        assert NUMBERS not in (await old_head.says("tình hình")).lower() or "2024" in await old_head.says("tình hình")


async def _rotate(world: World) -> None:
    world.on("2025-01-06 08:00")
    await world.load_text(next_year(), "noi-chinh-2025.yaml")
    assert world.year == 2025
