"""`GET /v1/blocs/{bloc}/status`: the contract's shape to the letter, sums that add up, any past moment."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from api.services.loading import blocfile, loading
from models.rules.progress import BUCKETS
from tests.api.building import NOW, OTHER, OURS, ApiHouse

STATUS = f"/v1/blocs/{OURS}/status"
SILENCES = [
    "waiting_for_head", "returned", "blocked", "promised", "acknowledged", "not_linked", "off_channel",
    "not_delivered", "no_answer",
]  # fmt: skip
NUMBERS = ["done_on_time", "done_late", "open_in_time", "open_overdue"]


def total(lines: list[dict[str, Any]]) -> dict[str, int]:
    return {name: sum(line[name] for line in lines) for name in NUMBERS}


async def test_the_shape_is_the_contracts_to_the_letter(either_house: ApiHouse) -> None:
    status = await either_house.get(STATUS)
    assert list(status) == ["bloc", "season", "as_of", "totals", "agencies", "milestones", "contents"]
    assert (status["bloc"], status["season"], status["as_of"]) == (OURS, 2024, "2024-06-12T10:00:00+07:00")
    assert list(status["totals"]) == NUMBERS == list(BUCKETS)
    for agency in status["agencies"]:
        assert list(agency) == ["agency", "short", *NUMBERS, "silence", "last_heard_at"]
        assert list(agency["silence"]) == SILENCES
    for milestone in status["milestones"]:
        assert list(milestone) == ["code", "milestone", "due_on", *NUMBERS]


async def test_the_numbers_are_those_of_the_letters_that_came(api_house: ApiHouse) -> None:
    """Counted by hand from `demo.LETTERS`: K1 of nine agencies, K4 of eight, K15 of seven, and one letter for K5."""
    status = await api_house.get(STATUS)
    done = {
        line["code"]: line["done_on_time"] + line["done_late"]
        for line in status["milestones"]
        if line["done_on_time"] + line["done_late"]
    }
    assert done == {"K1": 9, "K4": 8, "K15": 7, "K5": 1}
    assert status["totals"]["done_on_time"] + status["totals"]["done_late"] == 25
    assert sum(status["totals"].values()) == 103 - 18, "two milestones of nine agencies had passed before the loading"


async def test_agencies_and_milestones_add_up_to_the_totals(either_house: ApiHouse) -> None:
    status = await either_house.get(STATUS)
    assert total(status["agencies"]) == status["totals"]
    assert total(status["milestones"]) == status["totals"]
    assert sum(sum(agency["silence"].values()) for agency in status["agencies"]) == status["totals"]["open_overdue"]
    for agency in status["agencies"]:
        assert sum(agency["silence"].values()) == agency["open_overdue"]


async def test_the_list_of_obligations_tells_the_same(api_house: ApiHouse) -> None:
    status = await api_house.get(STATUS)
    items = (await api_house.get(f"/v1/blocs/{OURS}/obligations?limit=500"))["items"]
    states = Counter(item["state"] for item in items)
    assert states["submitted"] == status["totals"]["done_on_time"] + status["totals"]["done_late"]
    assert states["open"] == status["totals"]["open_in_time"] + status["totals"]["open_overdue"]
    by_agency = Counter(item["agency"] for item in items if item["state"] == "submitted")
    assert by_agency == {
        line["agency"]: line["done_on_time"] + line["done_late"]
        for line in status["agencies"]
        if by_agency[line["agency"]]
    }


async def test_contents_are_counted_where_milestones_name_them(api_house: ApiHouse) -> None:
    text = (
        "bloc: Khối thử\nslug: khoi-thu\nseason: 2024\ncontents: [Chính trị, Văn hóa]\n"
        "agencies:\n  - {name: Sở Tư pháp, short: STP, seat: head}\n  - {name: Thanh tra tỉnh, short: TTT}\n"
        "milestones:\n  - {key: A, title: Báo cáo một, due: 2024-06-20, content: 1}\n"
        "  - {key: B, title: Báo cáo hai, due: 2024-06-21, content: 2}\n"
        "  - {key: C, title: Báo cáo ba, due: 2024-06-21, content: 2}\n"
    )
    await loading.load_file(api_house.home.database, blocfile.read(text, "thu.yaml"), NOW)
    status = await api_house.get("/v1/blocs/khoi-thu/status")
    assert [list(line) for line in status["contents"]] == [["content", *NUMBERS]] * 2
    assert {line["content"]: line["open_in_time"] for line in status["contents"]} == {"Chính trị": 2, "Văn hóa": 4}


# --- any moment ---------------------------------------------------------------------------------------------------


async def test_a_past_moment_knows_only_what_was_known_then(api_house: ApiHouse) -> None:
    first = await api_house.get(f"{STATUS}?as_of=2024-04-05")
    assert first["as_of"] == "2024-04-05T23:59:59+07:00", "a date is its end"
    assert first["totals"]["done_on_time"] + first["totals"]["done_late"] == 0
    some = await api_house.get(f"{STATUS}?as_of=2024-04-15")
    now = await api_house.get(STATUS)
    counts = [one["totals"]["done_on_time"] + one["totals"]["done_late"] for one in (first, some, now)]
    assert counts == sorted(counts)
    assert 0 < counts[1] < 25
    assert {sum(one["totals"].values()) for one in (first, some, now)} == {85}


async def test_a_moment_to_come_counts_what_will_be_overdue(api_house: ApiHouse) -> None:
    later = await api_house.get(f"{STATUS}?as_of=2024-12-31")
    now = await api_house.get(STATUS)
    assert later["totals"]["open_in_time"] == 0
    assert later["totals"]["open_overdue"] == now["totals"]["open_in_time"] + now["totals"]["open_overdue"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2024-06-10T09:30:00%2B07:00", "2024-06-10T09:30:00+07:00"),
        ("2024-06-10T09:30:00+07:00", "2024-06-10T09:30:00+07:00"),
        ("2024-06-10T02:30:00Z", "2024-06-10T09:30:00+07:00"),
        ("2024-06-10T09:30", "2024-06-10T09:30:00+07:00"),
        ("2024-06-10", "2024-06-10T23:59:59+07:00"),
    ],
)
async def test_a_moment_is_read_as_it_is_written(api_house: ApiHouse, written: str, read: str) -> None:
    assert (await api_house.get(f"{STATUS}?as_of={written}"))["as_of"] == read


@pytest.mark.parametrize("written", ["31/6", "2024-06-31", "yesterday", "", "0001-01-01", "9999-12-31"])
async def test_a_moment_that_is_none_is_refused(api_house: ApiHouse, written: str) -> None:
    answer = await api_house.ask("GET", f"{STATUS}?as_of={written}")
    assert answer.status_code == 422
    assert "neither a date" in answer.json()["detail"]


# --- which season -------------------------------------------------------------------------------------------------


async def test_the_newest_open_season_is_the_default(api_house: ApiHouse) -> None:
    text = blocfile.sample(f"{OURS}-2024").replace("season: 2024 ", "season: 2025 ").replace("2024-03-29", "2025-03-14")
    await loading.load_file(api_house.home.database, blocfile.read(text, "2025.yaml"), NOW + timedelta(days=1))
    assert (await api_house.get(STATUS))["season"] == 2025
    assert (await api_house.get(f"{STATUS}?season=2024"))["season"] == 2024


@pytest.mark.parametrize(("season", "status"), [("2019", 404), ("1999", 422), ("20x4", 422), ("9999999999", 422)])
async def test_a_season_that_is_none_is_refused(api_house: ApiHouse, season: str, status: int) -> None:
    assert (await api_house.ask("GET", f"{STATUS}?season={season}")).status_code == status


async def test_the_other_bloc_has_nothing_of_ours(api_house: ApiHouse) -> None:
    status = await api_house.get(f"/v1/blocs/{OTHER}/status")
    assert status["totals"]["done_on_time"] == 0
    assert len(status["agencies"]) == 7
