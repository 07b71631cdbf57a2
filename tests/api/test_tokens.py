"""API tokens: shown once, kept as a hash, gone when revoked, and in no log line."""

import logging
import re
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from sqlmodel import select
from structlog.testing import capture_logs

from api.refusals import NotFound
from api.security import Caller, Remembered, sha256
from api.services import tokens
from models import logs
from models.tables import Audit, Token
from tests.api.building import NOW, OURS, ApiHouse, bloc_id_of


def made(house: ApiHouse, name: str = "Văn phòng", role: str = "desk") -> str:
    return house.home.database.write_now(
        lambda session: tokens.make(session, name, role, bloc_id_of(session, OURS), NOW, NOW)
    )


async def status_of(house: ApiHouse, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return (await house.ask("GET", f"/v1/blocs/{OURS}/status", None, headers=headers)).status_code


async def test_a_token_opens_what_its_role_may(either_house: ApiHouse) -> None:
    token = made(either_house)
    assert re.fullmatch(r"go_[A-Za-z0-9_-]{43}", token)
    assert await status_of(either_house, token) == 200
    for other in (token[:-1], token + "a", token.upper(), token[3:], sha256(token), ""):
        assert await status_of(either_house, other) == 401


async def test_no_two_tokens_are_alike(api_house: ApiHouse) -> None:
    assert len({made(api_house, "same name") for _ in range(20)}) == 20


async def test_what_is_stored_opens_nothing(api_house: ApiHouse) -> None:
    token = made(api_house)
    rows = api_house.home.database.read_now(lambda session: session.exec(select(Token)).all())
    assert token not in repr(rows)
    (row,) = (row for row in rows if row.name == "Văn phòng")
    assert (row.sha256, row.role) == (sha256(token), "desk")
    assert await status_of(api_house, row.sha256) == 401


async def test_neither_the_database_file_nor_its_log_holds_a_token(api_house: ApiHouse) -> None:
    token = made(api_house)
    await status_of(api_house, token)
    folder = Path(str(api_house.home.database.url.database)).parent
    for file in folder.rglob("*"):
        if file.is_file():
            assert token.encode() not in file.read_bytes()


async def test_a_revoked_name_loses_all_its_tokens(either_house: ApiHouse) -> None:
    first, second, other = made(either_house), made(either_house), made(either_house, "another")
    database = either_house.home.database
    assert database.write_now(lambda session: tokens.revoke(session, "Văn phòng", NOW, NOW)) == 2
    assert [await status_of(either_house, token) for token in (first, second, other)] == [401, 401, 200]
    with pytest.raises(NotFound):
        database.write_now(lambda session: tokens.revoke(session, "Văn phòng", NOW, NOW))
    deeds = database.read_now(lambda session: session.exec(select(Audit).where(Audit.deed == "revoke")).all())
    assert len(deeds) == 2


async def test_no_log_line_holds_a_token(api_house: ApiHouse) -> None:
    token = made(api_house)
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    logging.getLogger().addHandler(handler)
    before = logging.getLogger().level
    logging.getLogger().setLevel(logging.DEBUG)
    try:
        with capture_logs() as lines:
            await status_of(api_house, token)
            await status_of(api_house, token[:-1])
            api_house.home.database.close()
            async with api_house.client(None, raises=False) as client:
                answer = await client.get("/v1/blocs", headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == 500
    finally:
        logging.getLogger().removeHandler(handler)
        logging.getLogger().setLevel(before)
    assert lines, "the failure was told"
    assert token not in stream.getvalue()
    assert token not in repr([{**line, "exc_info": str(line.get("exc_info"))} for line in lines])


@pytest.mark.parametrize(
    "line",
    [
        "POST https://api.telegram.org/bot123456789:AAfoo-bar_1/sendMessage 200",
        "https://api.telegram.org/file/bot123456789:AAfoo-bar_1/photos/file_1.jpg",
        "GET https://bot-api.zaloplatforms.com/bot123456789:AAfoo-bar_1/getMe",
    ],
)
def test_what_is_left_of_an_address_in_a_log_is_without_its_token(line: str) -> None:
    assert "AAfoo" not in logs.redact(line)
    assert "<token>" in logs.redact(line)


def test_the_bots_token_is_remembered_for_seconds_only() -> None:
    remembered = Remembered()
    remembered.put("key", Caller("bot", "bot"), NOW)
    assert remembered.get("key", NOW + timedelta(seconds=4)) is not None
    assert remembered.get("key", NOW + timedelta(seconds=5)) is None
    assert remembered.get("other", NOW) is None
