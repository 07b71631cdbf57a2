"""How a bloc reminds, over HTTP: read and changed by those who lead it, validated, audited."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from models.tables import Audit, Obligation
from schedules.rehearsal import rehearse
from tests.api.building import OURS, ApiHouse

POLICY, CALENDAR = f"/v1/blocs/{OURS}/policy", f"/v1/blocs/{OURS}/calendar"


@pytest.mark.anyio
async def test_the_policy_in_force_is_told_whole(api_house: ApiHouse) -> None:
    found = await api_house.get(POLICY, "desk")
    assert (found["level"], found["rungs"], found["desk_after"]) == ("standard", [-3, 0, 1, 3, 6], 4)
    assert (found["important"], found["decided"]) == ([], False)


@pytest.mark.anyio
@pytest.mark.parametrize("caller", ["admin", "head", "desk", "desk_of_ours", "head_person", "desk_person"])
async def test_head_desk_and_administrator_change_it(api_house: ApiHouse, caller: str) -> None:
    changed = await api_house.ask("PUT", POLICY, caller, json={"level": "firm", "every": 3, "important": ["k5"]})
    assert changed.status_code == 200, changed.text
    found = await api_house.get(POLICY, caller)
    assert found == changed.json()
    assert (found["level"], found["every"], found["important"], found["decided"]) == ("firm", 3, ["K5"], True)
    audit = select(col(Audit.deed), col(Audit.subject)).where(col(Audit.deed).like("decided%"))
    rows = await api_house.home.database.read(lambda session: session.execute(audit).all())
    assert [tuple(row) for row in rows] == [
        ("decided policy", f"bloc:{OURS}"), ("decided important milestones", f"bloc:{OURS}"),
    ]  # fmt: skip


@pytest.mark.anyio
@pytest.mark.parametrize("caller", ["auditor", "focal", "member_leader", "deputy_person", "admin_of_other", "bot"])
async def test_others_do_not(api_house: ApiHouse, caller: str) -> None:
    for path in (POLICY, CALENDAR):
        assert (await api_house.ask("PUT", path, caller, json={})).status_code in (403, 404)
    assert (await api_house.get(POLICY, "admin"))["decided"] is False


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"rungs": [], "every": 0}, "nothing would ever be sent"),
        ({"deputy_rungs": [2]}, "which is no rung"),
        ({"rungs": [-40]}, "before the item is shown"),
        ({"desk_after": 1}, "before the deputy"),
        ({"leader_after": 3}, "before the desk"),
        ({"rungs": [-900]}, "working days from -60 to 120"),
        ({"every": -1}, "a number from 0 to 60"),
        ({"important": ["K99"]}, "no milestone K99"),
    ],
)
async def test_what_contradicts_itself_is_refused_with_a_sentence(
    api_house: ApiHouse, body: dict[str, Any], says: str
) -> None:
    refused = await api_house.ask("PUT", POLICY, "admin", json=body)
    assert refused.status_code == 422
    assert says in refused.json()["detail"]
    assert (await api_house.get(POLICY, "admin"))["decided"] is False, "nothing stored by half"


@pytest.mark.anyio
async def test_the_calendar_is_told_with_the_years_holidays(api_house: ApiHouse) -> None:
    found = await api_house.get(f"{CALENDAR}?year=2024", "desk")
    assert found["office"] == ["07:30", "17:00"]
    assert found["weekend"] == ["sat", "sun"]
    assert "2024-09-02" in found["known_days_off"]
    assert found["known_working_days"] == ["2024-05-04"]


@pytest.mark.anyio
async def test_an_own_calendar_is_in_force_at_once(api_house: ApiHouse) -> None:
    body = {"strict": True, "days_off": ["2024-06-19"], "working_days": ["2024-11-24"], "not_before": {"mon": "10:00"}}
    changed = await api_house.ask("PUT", CALENDAR, "desk", json=body)
    assert changed.status_code == 200, changed.text
    found = await api_house.get(CALENDAR, "desk")
    assert (found["strict"], found["days_off"], found["working_days"]) == (True, ["2024-06-19"], ["2024-11-24"])
    assert found["not_before"] == {"mon": "10:00"}
    awake = select(col(Obligation.id)).where(col(Obligation.look_on) == date(2024, 6, 12))
    assert await api_house.home.database.read(lambda session: session.execute(awake).all()), (
        "everything is looked at anew"
    )


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"days_off": ["2024-06-19"], "working_days": ["2024-06-19"]}, "cannot be both"),
        ({"office": ["17:00", "07:30"]}, "hours in the wrong order"),
        ({"sending": [["06:00", "07:00"]]}, "outside of office hours"),
        ({"weekend": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}, "no hour in which a message may be sent"),
    ],
)
async def test_a_calendar_that_cannot_be_is_refused(api_house: ApiHouse, body: dict[str, Any], says: str) -> None:
    refused = await api_house.ask("PUT", CALENDAR, "admin", json=body)
    assert refused.status_code == 422
    assert says in refused.json()["detail"]


@pytest.mark.anyio
async def test_the_coming_days_are_rehearsed_for_those_who_lead(api_house: ApiHouse) -> None:
    path = f"/v1/blocs/{OURS}/rehearsal"
    api_house.home.rehearse = rehearse
    found = await api_house.get(f"{path}?days=5", "desk")
    assert (found["bloc"], found["days"], found["held"]) == (OURS, 5, False)
    assert (await api_house.ask("GET", path, "focal")).status_code == 403
    assert (await api_house.ask("GET", f"{path}?days=0", "desk")).status_code == 422
