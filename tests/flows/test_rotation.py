"""A new season, a new seat: rights follow the seat, and no person is touched."""

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from api.security import sha256
from api.services import invitations
from api.services.loading import blocfile
from models.tables import Agency, Milestone, Post, Season, Token
from tests.flows.conftest import OpenWorld
from tests.flows.world import World

SAMPLE = "noi-chinh-bac-kan-2024"


def next_year() -> str:
    """The covenant of 2025: Cục Quản lý thị trường heads the bloc, Sở Tư pháp is its deputy, Công an tỉnh a member."""
    return (
        blocfile.sample(SAMPLE)
        .replace("season: 2024 ", "season: 2025 ")
        .replace("signed_on: 2024-03-29", "signed_on: 2025-03-14")
        .replace("short: CA, seat: head", "short: CA")
        .replace("short: QLTT, seat: deputy", "short: QLTT, seat: head")
        .replace("short: STP}", "short: STP, seat: deputy}")
    )


async def rotate(world: World) -> None:
    world.on("2025-01-06 08:00")
    await world.load_text(next_year(), "noi-chinh-2025.yaml")


@pytest.mark.anyio
async def test_a_rotation_of_the_seat_changes_rights_and_no_person(open_world: OpenWorld) -> None:
    async with open_world("2024-06-03 10:00") as world:
        await world.load(SAMPLE)
        ca, qltt, stp = [await world.link(short, "leader") for short in ("CA", "QLTT", "STP")]
        desk = await world.link("CA", "desk")
        for reader in (ca, qltt, desk):
            assert "tỉnh Bắc Kạn, năm 2024" in await reader.says("/status")
        assert "Hoàn thành đúng hạn" not in await stp.says("/status")
        assert "Sở Tư pháp đang có" in await stp.says("/status")

        await rotate(world)
        assert "năm 2025" in await qltt.says("/status")
        assert "năm 2025" in await stp.says("/status"), "the new deputy reads the bloc too"
        for former in (ca, desk):
            told = await former.says("/status")
            assert "năm 2024" in told, "its own year is still open"
            assert "năm 2025" not in told


@pytest.mark.anyio
async def test_each_head_leads_its_own_season_while_both_are_open(open_world: OpenWorld) -> None:
    async with open_world("2024-06-03 10:00") as world:
        await world.load(SAMPLE)
        old = await world.link("CA", "desk")
        deputy = await world.link("QLTT", "leader")
        await rotate(world)
        new = await world.link("QLTT", "desk")
        [first, *_] = await world.database.read(_codes_of_2025)

        for asked in (f"ai chưa gửi {first}", f"ghi hộ STP {first} 70%", f"/doihan {first} 20/3 theo công văn 12/CV"):
            assert f"{first} thuộc giao ước năm 2025" in await old.says(asked), asked
        assert "Đã ghi hộ Sở Tư pháp, K11" in await old.says("ghi hộ STP K11 70%")
        assert "K11 thuộc giao ước năm 2024" in await (await world.link("STP", "leader")).says("ai chưa gửi K11")

        assert f"Đã ghi hộ Sở Tư pháp, {first}" in await new.says(f"ghi hộ STP {first} 70%")
        both = await deputy.says("/status")
        assert both.index("năm 2025") < both.index("năm 2024"), "head of the one, deputy of the other"


def _codes_of_2025(session: Session) -> list[str]:
    numbers = select(col(Milestone.number)).join(Season, col(Season.id) == col(Milestone.season_id))
    return [f"K{number}" for number in session.execute(numbers.where(col(Season.year) == 2025)).scalars()]


@pytest.mark.anyio
async def test_a_code_finds_its_season_and_a_title_of_both_is_asked_about_once(open_world: OpenWorld) -> None:
    async with open_world("2024-01-03 10:00") as world:
        await world.load(SAMPLE)
        stp = await world.link("STP", "focal")
        await rotate(world)
        codes = await world.database.read(_codes_of_2025)
        assert f"Đã ghi nhận {codes[0]}" in await stp.says(f"{codes[0]} 40%")
        assert "Đã ghi nhận K1" in await stp.says("K1 40%")
        asked = await stp.says("đăng ký thi đua 60%")
        assert "K1" in asked
        assert codes[0] in asked
        assert f"Đã ghi nhận {codes[0]}: 60%" in await stp.says(codes[0])


@pytest.mark.anyio
async def test_the_seats_of_the_next_season_are_invited_in_january(open_world: OpenWorld) -> None:
    async with open_world("2024-06-03 10:00") as world:
        await world.load(SAMPLE)
        await rotate(world)
        now, wire_now = world.clock.covenant(), world.clock.wire()
        lines = await world.database.write(
            lambda session: invitations.invite(session, 1, now, wire_now, "http://giaouoc", {})
        )
        seats = {(line.agency, line.role) for line in lines if line.role in ("head", "deputy_head", "desk")}
        assert seats == {
            ("Cục Quản lý thị trường", "head"), ("Cục Quản lý thị trường", "desk"), ("Sở Tư pháp", "deputy_head"),
        }  # fmt: skip


@pytest.mark.anyio
async def test_a_person_s_token_follows_the_seat_of_the_season_asked_about(open_world: OpenWorld) -> None:
    async with open_world("2024-06-03 10:00") as world:
        await world.load(SAMPLE)
        tokens = {short: await _token_of_leader(world, short) for short in ("CA", "QLTT", "STP")}
        url = "/v1/blocs/noi-chinh-bac-kan/status"
        before = {short: await _seen(world, f"{url}?season=2024", token) for short, token in tokens.items()}
        assert before == {"CA": 9, "QLTT": 9, "STP": 1}
        await rotate(world)
        after = {short: await _seen(world, f"{url}?season=2025", token) for short, token in tokens.items()}
        assert after == {"CA": 1, "QLTT": 9, "STP": 9}
        assert await _seen(world, f"{url}?season=2024", tokens["CA"]) == 9, "its own year stays open to it"


async def _seen(world: World, path: str, token: str) -> int:
    """How many agencies this token sees."""
    return len((await world.get(path, token))["agencies"])


async def _token_of_leader(world: World, short: str) -> str:
    await world.link(short, "leader")

    def make(session: Session) -> str:
        post_id = session.execute(
            select(col(Post.id))
            .join(Agency, col(Agency.id) == col(Post.agency_id))
            .where(col(Agency.short) == short, col(Post.role) == "leader")
        ).scalar_one()
        token = f"token-of-{short}"
        row = Token(name=short, sha256=sha256(token), role="focal", post_id=post_id, created_at=world.clock.wire())
        session.add(row)
        session.flush()
        return token

    return await world.database.write(make)
