"""The lists: obligations, messages, blocs. Shape, filters, and pages that give each line once."""

from typing import Any

import pytest

from tests.api.building import OTHER, OURS, REPORT, ApiHouse

BLOC = f"/v1/blocs/{OURS}"
OBLIGATIONS, MESSAGES = f"{BLOC}/obligations", f"{BLOC}/messages"
OBLIGATION = [
    "code", "id", "agency", "milestone", "due_on", "state", "updates", "last_update", "promise_on", "extensions",
    "evidence",
]  # fmt: skip
MESSAGE = ["id", "kind", "agency", "channel", "codes", "planned_at", "sent_at", "attempts", "state", "why"]


async def pages(house: ApiHouse, path: str, limit: int) -> list[list[dict[str, Any]]]:
    """Every page, by the cursor that the one before gave."""
    found, cursor = [], None
    while True:
        mark = "&" if "?" in path else "?"
        page = await house.get(f"{path}{mark}limit={limit}" + (f"&cursor={cursor}" if cursor else ""))
        assert list(page) == ["items", "next"]
        found.append(page["items"])
        if (cursor := page["next"]) is None:
            return found


# --- obligations --------------------------------------------------------------------------------------------------


async def test_an_obligation_has_the_contracts_shape(either_house: ApiHouse) -> None:
    items = (await either_house.get(f"{OBLIGATIONS}?limit=500"))["items"]
    assert {tuple(item) for item in items} == {tuple(OBLIGATION)}
    (sent,) = (item for item in items if item["id"] == "K5-STP")
    update = sent.pop("last_update")
    (evidence,) = sent.pop("evidence")
    assert sent == {
        "code": "K5", "id": "K5-STP", "agency": "Sở Tư pháp", "milestone": "Báo cáo sơ kết 6 tháng",
        "due_on": "2024-06-15", "state": "open", "updates": 2, "promise_on": None, "extensions": 0,
    }  # fmt: skip
    assert update == {
        "percent": 70, "value": None, "note": None, "letter": None, "at": "2024-06-12T09:00:00+07:00",
        "by": "Nguyễn Thị An (ví dụ)", "channel": "web", "proxy": None,
    }  # fmt: skip
    assert list(evidence) == ["receipt", "name", "size", "sha256", "at", "channel"]
    assert (evidence["receipt"], evidence["name"], evidence["size"]) == (
        either_house.receipts["STP"], "bao-cao.pdf", len(REPORT),
    )  # fmt: skip


async def test_a_letter_that_the_desk_recorded_is_told_as_such(api_house: ApiHouse) -> None:
    items = (await api_house.get(f"{OBLIGATIONS}?agency=SNV"))["items"]
    (update,) = (item["last_update"] for item in items if item["code"] == "K5")
    assert (update["letter"], update["proxy"], update["by"]) == ("377/BC-SNV", "telephone", "Trần Văn Bình (ví dụ)")


@pytest.mark.parametrize("limit", [1, 7, 102, 103, 500])
async def test_pages_give_each_obligation_once_in_order(api_house: ApiHouse, limit: int) -> None:
    whole = (await api_house.get(f"{OBLIGATIONS}?limit=500"))["items"]
    found = await pages(api_house, OBLIGATIONS, limit)
    assert [item for page in found for item in page] == whole
    assert all(len(page) == limit for page in found[:-1])
    assert len(whole) == 103
    assert [item["due_on"] for item in whole] == sorted(item["due_on"] for item in whole)


async def test_a_page_has_a_hundred_unless_another_limit_is_asked_for(api_house: ApiHouse) -> None:
    page = await api_house.get(OBLIGATIONS)
    assert (len(page["items"]), page["next"]) == (100, "100")


@pytest.mark.parametrize(
    ("query", "count"),
    [("state=open", 60), ("state=submitted", 25), ("state=past", 18), ("state=waived", 0), ("state=confirmed", 0),
     ("state=returned", 0), ("agency=STP", 11), ("agency=stp", 11), ("agency=STP&state=past", 2)],
)  # fmt: skip
async def test_filters(api_house: ApiHouse, query: str, count: int) -> None:
    items = (await api_house.get(f"{OBLIGATIONS}?limit=500&{query}"))["items"]
    assert len(items) == count
    if "state" in query:
        assert {item["state"] for item in items} <= {query.rpartition("state=")[2]}


async def test_a_filter_and_a_cursor_go_together(api_house: ApiHouse) -> None:
    path = f"{OBLIGATIONS}?state=submitted"
    assert [item for page in await pages(api_house, path, 10) for item in page] == (
        await api_house.get(f"{path}&limit=500")
    )["items"]


# --- messages -----------------------------------------------------------------------------------------------------


async def test_a_message_has_the_contracts_shape(either_house: ApiHouse) -> None:
    items = (await either_house.get(f"{MESSAGES}?limit=500"))["items"]
    assert {tuple(item) for item in items} == {tuple(MESSAGE)}
    (reminder,) = (item for item in items if item["kind"] == "reminder")
    assert {name: reminder[name] for name in MESSAGE[1:]} == {
        "kind": "reminder", "agency": "Sở Tư pháp", "channel": "web", "codes": ["K5"],
        "planned_at": "2024-06-12T10:00:00+07:00", "sent_at": None, "attempts": 0, "state": "queued", "why": None,
    }  # fmt: skip


async def test_every_state_is_told_and_a_claimed_one_is_still_queued(api_house: ApiHouse) -> None:
    items = (await api_house.get(f"{MESSAGES}?kind=notice"))["items"]
    assert [item["state"] for item in items] == ["sent", "uncertain", "failed", "withdrawn", "expired", "queued"]
    assert [item["why"] for item in items if item["state"] == "failed"] == ["the platform refuses it"]
    assert [item["sent_at"] is not None for item in items] == [True, *[False] * 5]


async def test_the_text_of_a_message_is_never_told(api_house: ApiHouse) -> None:
    assert "Thông báo" not in (await api_house.ask("GET", f"{MESSAGES}?limit=500")).text


@pytest.mark.parametrize("limit", [1, 5, 500])
async def test_pages_give_each_message_once_in_order(api_house: ApiHouse, limit: int) -> None:
    found = [item["id"] for page in await pages(api_house, MESSAGES, limit) for item in page]
    assert found == sorted(set(found))
    assert len(found) == 27 + 1 + 1 + 6


@pytest.mark.parametrize(
    ("since", "count"),
    [("2024-06-12", 2), ("2024-06-12T10:00:00%2B07:00", 1), ("2024-06-12T10:00:01%2B07:00", 0), ("2024-06-09", 11)],
)
async def test_since_is_the_moment_of_planning(api_house: ApiHouse, since: str, count: int) -> None:
    """A date is its start: the answer and the reminder of the day; then the six notices of three days ago."""
    items = (await api_house.get(f"{MESSAGES}?limit=500&since={since}"))["items"]
    assert len([item for item in items if item["kind"] != "reply" or item["state"] == "queued"]) == min(count, 8)
    assert all(item["planned_at"] >= since[:10] for item in items)


async def test_of_one_person(api_house: ApiHouse) -> None:
    items = (await api_house.get(f"{MESSAGES}?person=1&limit=500"))["items"]
    assert {item["agency"] for item in items} == {"Sở Tư pháp"}
    assert (await api_house.get(f"{MESSAGES}?person=99999"))["items"] == []


async def test_the_other_blocs_ledger_is_empty(api_house: ApiHouse) -> None:
    assert await api_house.get(f"/v1/blocs/{OTHER}/messages") == {"items": [], "next": None}


# --- blocs, and what no list takes --------------------------------------------------------------------------------


async def test_blocs_with_their_seasons(api_house: ApiHouse) -> None:
    found = await pages(api_house, "/v1/blocs", 1)
    assert [line for page in found for line in page] == [
        {"bloc": OURS, "name": "Khối thi đua Nội chính tỉnh Bắc Kạn", "seasons": [2024]},
        {"bloc": OTHER, "name": "Khối thi đua Nội chính tỉnh Hưng Yên", "seasons": [2024]},
    ]


@pytest.mark.parametrize("path", ["/v1/blocs", OBLIGATIONS, MESSAGES])
@pytest.mark.parametrize(
    "query", ["limit=0", "limit=501", "limit=-1", "limit=x", "cursor=x", "cursor=-1", "cursor=%00"]
)
async def test_limits_and_cursors_that_are_none(api_house: ApiHouse, path: str, query: str) -> None:
    answer = await api_house.ask("GET", f"{path}?{query}")
    assert answer.status_code == 422
    assert query.split("=")[0] in answer.json()["extra"]["errors"][0]["where"]


@pytest.mark.parametrize("path", ["/v1/blocs", OBLIGATIONS, MESSAGES])
async def test_beyond_the_end_is_an_empty_page(api_house: ApiHouse, path: str) -> None:
    assert await api_house.get(f"{path}?cursor=999999999") == {"items": [], "next": None}


@pytest.mark.parametrize(
    ("path", "status"),
    [(f"{OBLIGATIONS}?state=asleep", 422), (f"{OBLIGATIONS}?agency=XX", 404), (f"{OBLIGATIONS}?agency=a b", 422),
     (f"{MESSAGES}?kind=Reminder", 422), (f"{MESSAGES}?person=0", 422), (f"{MESSAGES}?since=tomorrow", 422),
     (f"{BLOC}/obligations/K99-STP/story", 404), (f"{BLOC}/obligations/K5-XX/story", 404),
     (f"{BLOC}/obligations/K5/story", 422), ("/v1/blocs/UPPER/status", 422), ("/v1/blocs/none/status", 404)],
)  # fmt: skip
async def test_what_no_list_takes(api_house: ApiHouse, path: str, status: int) -> None:
    answer = await api_house.ask("GET", path)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


# --- the story ----------------------------------------------------------------------------------------------------


async def test_the_story_of_an_obligation_is_told_oldest_first(either_house: ApiHouse) -> None:
    story = await either_house.get(f"{BLOC}/obligations/K5-STP/story")
    assert (story["id"], story["state"], story["bucket"], story["silence"]) == ("K5-STP", "open", "open_in_time", None)
    assert story["deadline"] == "2024-06-17T23:59:59+07:00", "the 15th is a Saturday"
    assert [event["what"] for event in story["events"]] == ["evidence", "progress", "rung", "linked"]
    assert [event["at"] for event in story["events"]] == sorted(event["at"] for event in story["events"])
