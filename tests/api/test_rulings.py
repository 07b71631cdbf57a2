"""The head's word over HTTP: stored once, told to the agency, refused where it contradicts what stands."""

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlmodel import Session, col

from api.services.desk import mornings, waiting
from api.services.talks import turns
from models.tables import Agency, Notice, Obligation, Person, Post, Seat, Update
from models.wire import Heard
from tests.api.building import NOW, OURS, ApiHouse, chat_of

STP = f"/v1/blocs/{OURS}/obligations/K5-STP"
_numbers = count(1)


def says(house: ApiHouse, text: str, short: str = "STP") -> None:
    """The agency's focal point writes something, ten minutes ago."""

    def hear(session: Session) -> None:
        heard = Heard(
            channel="web", bot="main", external_id=f"said:{next(_numbers)}", chat=chat_of(session, short), text=text,
            sent_at=NOW,
        )  # fmt: skip
        turns.hear(session, heard, NOW - timedelta(minutes=10), datetime.now(UTC))

    house.home.database.write_now(hear)


def updates(house: ApiHouse) -> list[str]:
    of_stp = select(col(Update.kind)).join(Obligation, col(Obligation.id) == col(Update.obligation_id))
    of_stp = of_stp.join(Agency, col(Agency.id) == col(Obligation.agency_id)).order_by(col(Update.id))
    return list(house.home.database.read_now(lambda s: s.execute(of_stp.where(col(Agency.short) == "STP")).scalars()))


def notices(house: ApiHouse) -> list[str]:
    texts = select(col(Notice.text)).order_by(col(Notice.id))
    return [text for text in house.home.database.read_now(lambda s: s.execute(texts).scalars().all()) if text]


async def rule(house: ApiHouse, deed: str, who: str, **body: Any) -> tuple[int, dict[str, Any]]:
    answer = await house.ask("POST", f"{STP}/{deed}", who, json=body)
    return answer.status_code, answer.json()


@pytest.mark.anyio
@pytest.mark.parametrize("who", ["head", "desk", "desk_of_ours", "head_person", "desk_person", "deputy_person"])
async def test_a_submission_is_confirmed_once_however_often_it_is_said(api_house: ApiHouse, who: str) -> None:
    says(api_house, "K5 xong")
    for _ in range(2):
        status, line = await rule(api_house, "review", who, verdict="confirm")
        assert (status, line["state"], line["id"]) == (200, "confirmed", "K5-STP"), line
    assert updates(api_house).count("confirmed") == 1


@pytest.mark.anyio
async def test_a_return_tells_the_sender_why_and_the_obligation_is_open_again(api_house: ApiHouse) -> None:
    says(api_house, "K5 xong")
    before = await api_house.get(f"{STP}/story", "desk")
    assert before["bucket"] == "done_on_time"
    status, line = await rule(api_house, "review", "desk", verdict="return", reason="chưa có chữ ký, đóng dấu")
    assert (status, line["state"], line["updates"]) == (200, "returned", 3), "the head's word is none of the agency's"
    assert len(line["evidence"]) == 1, "what was sent is kept"
    assert "chưa có chữ ký, đóng dấu" in notices(api_house)[-1]
    assert (await api_house.get(f"{STP}/story", "desk"))["bucket"] == "open_in_time"
    again = await rule(api_house, "review", "desk", verdict="return", reason="chưa có chữ ký, đóng dấu")
    assert (again[0], updates(api_house).count("returned")) == (200, 1)
    refused, problem = await rule(api_house, "review", "head_person", verdict="confirm")
    assert refused == 409
    assert "K5-STP is returned since 2024-06-12T10:00" in problem["detail"]


@pytest.mark.anyio
async def test_who_has_just_confirmed_is_named_to_the_next(api_house: ApiHouse) -> None:
    says(api_house, "K5 xong")
    await rule(api_house, "review", "deputy_person", verdict="confirm")
    status, problem = await rule(api_house, "review", "head_person", verdict="return", reason="thiếu số liệu")
    assert status == 409
    assert "by deputy_person" in problem["detail"]


@pytest.mark.anyio
async def test_what_was_not_sent_cannot_be_confirmed(api_house: ApiHouse) -> None:
    status, problem = await rule(api_house, "review", "head", verdict="confirm")
    assert (status, problem["detail"]) == (409, "K5-STP is open")
    assert (await rule(api_house, "review", "head", verdict="return"))[0] == 422
    assert (await rule(api_house, "review", "head", verdict="perhaps"))[0] == 422


@pytest.mark.anyio
async def test_nobody_decides_about_the_own_agency(api_house: ApiHouse) -> None:
    for who in ("head", "desk", "head_person", "desk_person"):
        path = f"/v1/blocs/{OURS}/obligations/K5-CA/review"
        answer = await api_house.ask("POST", path, who, json={"verdict": "confirm"})
        assert answer.status_code == 403
        assert "a deputy decides" in answer.json()["detail"]
    answer = await api_house.ask(
        "POST", f"/v1/blocs/{OURS}/obligations/K5-CA/review", "deputy_person", json={"verdict": "confirm"}
    )
    assert answer.status_code == 409, "it may, and nothing was sent"


@pytest.mark.anyio
async def test_an_extension_moves_the_date_of_this_agency_alone(api_house: ApiHouse) -> None:
    assert (await rule(api_house, "extension", "desk", decision="grant"))[0] == 409
    says(api_house, "K5 gia hạn 20/6 chờ số liệu của các phòng")
    assert updates(api_house)[-1] == "extension"
    status, line = await rule(api_house, "extension", "desk", decision="grant")
    assert (status, line["due_on"], line["extensions"], line["state"]) == (200, "2024-06-20", 1, "open")
    assert (await rule(api_house, "extension", "desk", decision="grant"))[0] == 200
    assert updates(api_house).count("extended") == 1
    listed = await api_house.get(f"/v1/blocs/{OURS}/obligations?limit=500", "desk")
    due = {item["id"]: item["due_on"] for item in listed["items"] if item["code"] == "K5"}
    assert (due["K5-STP"], due["K5-TTT"]) == ("2024-06-20", "2024-06-15")


@pytest.mark.anyio
async def test_a_refused_extension_leaves_everything_as_it_was(api_house: ApiHouse) -> None:
    says(api_house, "K5 gia hạn 20/6 chờ số liệu của các phòng")
    status, line = await rule(api_house, "extension", "head", decision="refuse", reason="khối đã thống nhất thời hạn")
    assert (status, line["due_on"], line["extensions"]) == (200, "2024-06-15", 0)
    assert "khối đã thống nhất thời hạn" in notices(api_house)[-1]


@pytest.mark.anyio
async def test_the_head_alone_waives(api_house: ApiHouse) -> None:
    for who in ("desk", "desk_person", "deputy_person"):
        assert (await rule(api_house, "waiver", who, reason="không được giao"))[0] == 403
    status, line = await rule(api_house, "waiver", "head_person", reason="không được giao nhiệm vụ này")
    assert (status, line["state"]) == (200, "waived")
    assert (await api_house.get(f"{STP}/story", "desk"))["bucket"] is None
    assert (await rule(api_house, "waiver", "head", reason="không được giao nhiệm vụ này"))[0] == 200
    assert updates(api_house).count("waived") == 1


async def taken_back(house: ApiHouse, deed: str, who: str) -> tuple[int, dict[str, Any]]:
    answer = await house.ask("DELETE", f"{STP}/{deed}", who)
    return answer.status_code, answer.json()


@pytest.mark.anyio
async def test_a_verdict_is_taken_back_within_a_minute_and_stands_afterwards(api_house: ApiHouse) -> None:
    says(api_house, "K5 xong")
    await rule(api_house, "review", "desk", verdict="return", reason="thiếu số liệu")
    status, line = await taken_back(api_house, "review", "desk_person")
    assert (status, line["state"]) == (200, "submitted")
    again = await taken_back(api_house, "review", "desk_person")
    assert (again[0], updates(api_house).count("undo")) == (200, 1), "nothing stands any more"
    await rule(api_house, "review", "head", verdict="confirm")

    def an_hour_ago(session: Session) -> None:
        confirmed = session.execute(select(Update).where(col(Update.kind) == "confirmed")).scalars().one()
        confirmed.at -= timedelta(hours=1)
        session.add(confirmed)

    api_house.home.database.write_now(an_hour_ago)
    late = await taken_back(api_house, "review", "head")
    assert late[0] == 409
    assert "more than a minute ago" in late[1]["detail"]
    assert updates(api_house).count("undo") == 1


@pytest.mark.anyio
async def test_a_decision_on_an_extension_and_a_waiver_are_taken_back(api_house: ApiHouse) -> None:
    says(api_house, "K5 gia hạn 20/6 chờ số liệu của các phòng")
    await rule(api_house, "extension", "desk", decision="grant")
    status, line = await taken_back(api_house, "extension", "desk")
    assert (status, line["due_on"], line["extensions"]) == (200, "2024-06-15", 0)
    await rule(api_house, "waiver", "head", reason="không được giao")
    assert (await taken_back(api_house, "waiver", "desk"))[0] == 403
    status, line = await taken_back(api_house, "waiver", "head_person")
    assert (status, line["state"]) == (200, "open")


DEPUTY = select(col(Seat.agency_id)).where(col(Seat.kind) == "deputy")
NO_SEAT = delete(Seat).where(col(Seat.kind) == "deputy")
NOBODY_IN_IT = update(Post).where(col(Post.agency_id).in_(DEPUTY)).values(until=date(2024, 1, 2))


@pytest.mark.anyio
@pytest.mark.parametrize("gone", [NO_SEAT, NOBODY_IN_IT], ids=["no seat", "nobody in it"])
async def test_where_no_deputy_sits_an_administrator_rules_on_the_heads_own_and_on_nothing_else(
    api_house: ApiHouse, gone: Any
) -> None:
    own = f"/v1/blocs/{OURS}/obligations/K5-CA/review"
    for who in ("admin", "admin_of_ours"):
        answer = await api_house.ask("POST", own, who, json={"verdict": "confirm"})
        assert answer.status_code == 403, "a deputy sits there"
    api_house.home.database.write_now(lambda session: session.execute(gone) and None)
    answer = await api_house.ask("POST", own, "head_person", json={"verdict": "confirm"})
    assert "there is no deputy: an administrator decides" in answer.json()["detail"]
    answer = await api_house.ask("POST", own, "admin_of_ours", json={"verdict": "confirm"})
    assert answer.status_code == 409, "it may, and nothing was sent"
    assert (await rule(api_house, "review", "admin", verdict="confirm"))[0] == 403


@pytest.mark.anyio
async def test_whoever_recorded_it_for_the_agency_does_not_confirm_it(api_house: ApiHouse) -> None:
    says(api_house, "K5 xong")

    def by_the_desk(session: Session) -> None:
        desk = session.execute(select(col(Person.id)).where(col(Person.name) == "desk_person (ví dụ)")).scalar_one()
        mine = update(Update).where(col(Update.kind) == "done").values(person_id=desk, proxy="telephone")
        session.execute(mine)

    api_house.home.database.write_now(by_the_desk)
    status, problem = await rule(api_house, "review", "desk_person", verdict="confirm")
    assert (status, problem["detail"]) == (403, "whoever has sent or recorded it does not confirm it")
    assert (await rule(api_house, "review", "head_person", verdict="confirm"))[0] == 200


@pytest.mark.anyio
async def test_a_secret_marking_in_a_reason_is_neither_kept_nor_sent(api_house: ApiHouse) -> None:
    says(api_house, "K5 xong")
    assert (await rule(api_house, "review", "desk", verdict="return", reason="Độ mật: TỐI MẬT"))[0] == 422
    assert "returned" not in updates(api_house)


@pytest.mark.anyio
async def test_either_database_knows_what_waits_and_what_was_ruled(either_house: ApiHouse) -> None:
    says(either_house, "K5 xong")
    says(either_house, "K7 gia hạn 20/9 chờ số liệu của các phòng")
    put = either_house.home.database.write_now(lambda session: mornings.plan(session, NOW))
    assert put == either_house.home.database.read_now(lambda s: len(waiting.chairs(s, NOW.date()))) > 0
    assert either_house.home.database.write_now(lambda session: mornings.plan(session, NOW)) == 0, "once a day"
    assert (await rule(either_house, "review", "desk_person", verdict="return", reason="thiếu số liệu"))[0] == 200
    path = f"/v1/blocs/{OURS}/obligations/K7-STP"
    granted = await either_house.ask("POST", f"{path}/extension", "head_person", json={"decision": "grant"})
    assert (granted.status_code, granted.json()["due_on"]) == (200, "2024-09-20")
    waived = await either_house.ask("POST", f"{path}/waiver", "head_person", json={"reason": "không được giao"})
    assert waived.json()["state"] == "waived"
