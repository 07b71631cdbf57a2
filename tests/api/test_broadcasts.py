"""Broadcasts over HTTP: made, told person by person, stopped, called again, and what is refused."""

import pytest

from tests.api.building import OURS, ApiHouse

PATH = f"/v1/blocs/{OURS}/broadcasts"
TEXT = "Kính mời các đơn vị dự họp giao ban lúc 14:00 ngày 20/6."


async def made(api_house: ApiHouse, **more: object) -> dict[str, object]:
    answer = await api_house.ask("POST", PATH, "desk", json={"text": TEXT, **more})
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


async def test_one_is_made_and_told_person_by_person(api_house: ApiHouse) -> None:
    first = await made(api_house)
    assert (first["begun"], first["people"]) == (True, len(first["receipts"]))  # type: ignore[arg-type]
    assert "BCHQS" in first["unreached"]  # type: ignore[operator]
    again = await api_house.get(f"{PATH}/{first['number']}", "auditor")
    assert again == first
    later = await made(api_house, to=["stp"], at="2024-06-20T14:00:00+07:00")
    assert (later["begun"], later["starts_at"]) == (False, "2024-06-20T14:00:00+07:00")
    page = await api_house.get(f"{PATH}?limit=1", "head")
    assert [item["number"] for item in page["items"]] == [later["number"]]
    rest = await api_house.get(f"{PATH}?cursor={page['next']}", "head")
    assert [item["number"] for item in rest["items"]] == [first["number"]]


async def test_it_is_stopped_resumed_and_called_again_once_it_was_sent(api_house: ApiHouse) -> None:
    number = (await made(api_house))["number"]
    for deed, stopped in (("stop", True), ("stop", True), ("resume", False), ("again", False)):
        answer = await api_house.ask("POST", f"{PATH}/{number}/{deed}", "desk")
        assert (answer.status_code, answer.json()["stopped"]) == (200, stopped), deed
    assert (await api_house.ask("POST", f"{PATH}/{number}/again", "desk")).status_code == 409


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"text": ""}, 422),
        ({"text": "x" * 10_000}, 422),
        ({"text": "(MẬT)\nDanh sách"}, 422),
        ({"text": TEXT, "to": ["XYZ"]}, 404),
        ({"text": TEXT, "at": "2024-06-01T14:00:00+07:00"}, 422),
        ({"text": TEXT, "at": "2024-06-20T14:00:00"}, 422),
        ({"text": TEXT, "repeats": {"every": "week", "on": 7}}, 422),
        ({"text": TEXT, "repeats": {"every": "month", "on": 0}}, 422),
        ({"text": TEXT, "lien_he": "x"}, 422),
    ],
)
async def test_what_cannot_be_is_refused_and_nothing_is_stored(
    api_house: ApiHouse, body: dict[str, object], status: int
) -> None:
    answer = await api_house.ask("POST", PATH, "desk", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert (await api_house.get(PATH, "desk"))["items"] == []
