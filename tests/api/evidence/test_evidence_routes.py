"""Bytes over HTTP: the bot brings them, those who may see them fetch them."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
from botocore.client import BaseClient
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response
from sqlmodel import Session
from structlog.testing import capture_logs

from api import refusals
from api.house import House
from api.routes import evidence as routes
from api.routes.evidence import Part, asked_part
from api.security import Remembered, sha256
from api.services import evidence
from api.store import Store
from bot.dialogue.values import Draft
from bot.inside import Inside
from models.clock import Clock
from models.database import Database
from models.tables import Agency, Bloc, Person, Post, Seat, Token
from tests.api.evidence import files
from tests.api.evidence.ledger import NOW, OURS, answer, small_bloc

ROOT = Path(__file__).parents[3]
REPORT = files.pdf("Báo cáo sơ kết 6 tháng")
LIMIT = 100_000


@pytest.fixture
def app(sqlite_database: Database, folder_store: Store) -> FastAPI:
    made = FastAPI()
    made.state.house = House(sqlite_database, folder_store, Clock(), upload_limit=LIMIT)
    made.state.remembered = Remembered()
    refusals.install(made)
    made.include_router(routes.router)
    sqlite_database.write_now(people)
    return made


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(transport=ASGITransport(app), base_url="http://house") as opened:
        yield opened


def people(session: Session) -> None:
    """A token for everyone; its text is the name."""
    small_bloc(session)
    session.add(Bloc(id=2, slug="other", name="Khối khác"))
    session.add(Agency(id=3, bloc_id=1, name="UBND", short="UBND"))
    session.flush()
    session.add(Seat(season_id=1, agency_id=3, kind="head"))
    for number, (name, agency_id, role) in enumerate(
        [
            ("ours", 1, "focal"),
            ("theirs", 2, "focal"),
            ("head", 3, "leader"),
            ("desk", 3, "desk"),
            ("boss", 2, "leader"),
        ],
        start=1,
    ):
        session.add(Person(id=number, name=name))
        session.flush()
        session.add(
            Post(id=number, person_id=number, bloc_id=1, agency_id=agency_id, role=role, since=date(2024, 1, 1))
        )
        session.flush()
        token_role = "focal" if role == "leader" else role
        session.add(Token(name=name, sha256=sha256(name), role=token_role, bloc_id=1, post_id=number, created_at=NOW))
    for name, role, bloc_id in (
        ("bot", "bot", None), ("admin", "admin", None), ("auditor", "auditor", 1), ("stranger", "auditor", 2),
    ):  # fmt: skip
        session.add(Token(name=name, sha256=sha256(name), role=role, bloc_id=bloc_id, created_at=NOW))


def as_(name: str, **headers: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {name}", **{key.replace("_", "-"): value for key, value in headers.items()}}


async def put(client: AsyncClient, content: bytes = REPORT, name: str = "b%C3%A1o%20c%C3%A1o.pdf") -> Response:
    return await client.put("/v1/incoming", content=content, headers=as_("bot", X_File_Name=name))


async def a_receipt(client: AsyncClient, database: Database, store: Store) -> str:
    """Our agency's report, brought by the bot and attached by a turn."""
    stored = (await put(client)).json()

    def turn(session: Session) -> int:
        update_id = answer(session)
        draft = Draft(stored["key"], stored["sha256"], stored["size"], stored["media_type"], "báo cáo.pdf")
        evidence.attach(session, draft, OURS, update_id)
        return update_id

    return f"BN-{await database.write(turn):04d}"


# --- in -----------------------------------------------------------------------------------------------------------


async def test_the_bot_brings_a_file_and_learns_what_it_is(client: AsyncClient) -> None:
    answered = await put(client)
    assert answered.status_code == 200
    told = answered.json()
    assert (told["media_type"], told["size"], told["verdict"]) == ("application/pdf", len(REPORT), None)
    assert told["key"].startswith("incoming/")


async def test_a_file_that_breaks_off_is_neither_kept_nor_called_a_bug(app: FastAPI, folder_store: Store) -> None:
    async def content() -> AsyncIterator[bytes]:
        yield REPORT[:100]
        raise LookupError("the platform stopped")

    async with AsyncClient(transport=Inside(app), base_url="http://house") as client:
        with capture_logs() as lines, pytest.raises(LookupError):
            await client.put("/v1/incoming", content=content(), headers=as_("bot"))
    assert lines == []
    assert await folder_store.listing("incoming/") == []


async def test_a_file_that_cannot_be_evidence_is_told_by_its_verdict(client: AsyncClient) -> None:
    assert (await put(client, b"")).json()["verdict"] == "empty"
    assert (await put(client, files.EXE)).json()["verdict"] == "type"
    told = (await put(client, b"x", "M%E1%BA%ACT_bc.txt")).json()
    assert (told["verdict"], told["marking"], told["sha256"]) == ("secret", "MẬT", "")


async def test_a_name_is_percent_encoded_utf_8(client: AsyncClient, sqlite_database: Database) -> None:
    key = (await put(client)).json()["key"]
    assert sqlite_database.read_now(lambda session: _name_of(session, key)) == "báo cáo.pdf"


def _name_of(session: Session, key: str) -> str | None:
    row = session.get(evidence.Incoming, key)
    return row.name if row else None


async def test_too_many_bytes_are_refused_before_and_while_they_come(client: AsyncClient, folder_store: Store) -> None:
    async def unannounced() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"x" * 50_000

    for content in (b"x" * (LIMIT + 1), unannounced()):
        answered = await client.put("/v1/incoming", content=content, headers=as_("bot"))
        assert answered.status_code == 413
        assert answered.headers["content-type"] == "application/problem+json"
        assert answered.json()["extra"] == {"limit": LIMIT}
    assert await folder_store.listing("incoming/") == []


async def test_only_the_bot_brings_files(client: AsyncClient) -> None:
    assert (await client.put("/v1/incoming", content=b"x")).status_code == 401
    assert (await client.put("/v1/incoming", content=b"x", headers=as_("admin"))).status_code == 403


# --- out ----------------------------------------------------------------------------------------------------------


async def test_a_receipt_gives_the_bytes_as_they_came(
    client: AsyncClient, sqlite_database: Database, folder_store: Store
) -> None:
    receipt = await a_receipt(client, sqlite_database, folder_store)
    for _ in ("before its promotion", "after it"):
        answered = await client.get(f"/v1/evidence/{receipt}", headers=as_("ours"))
        assert (answered.status_code, answered.content) == (200, REPORT)
        await evidence.promote(sqlite_database, folder_store)
    headers = answered.headers
    assert headers["content-type"] == "application/pdf"
    assert headers["content-length"] == str(len(REPORT))
    assert headers["content-disposition"] == (
        "attachment; filename=\"b_o c_o.pdf\"; filename*=UTF-8''b%C3%A1o%20c%C3%A1o.pdf"
    )
    assert headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in headers["content-security-policy"]
    assert headers["cache-control"] == "private, no-cache"


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("ours", 200), ("head", 200), ("desk", 200), ("auditor", 200), ("admin", 200),
        ("theirs", 404), ("boss", 404), ("stranger", 404), ("bot", 404), ("nobody", 401),
    ],
)  # fmt: skip
async def test_only_those_who_may_see_it_get_it(
    client: AsyncClient, sqlite_database: Database, folder_store: Store, name: str, status: int
) -> None:
    receipt = await a_receipt(client, sqlite_database, folder_store)
    answered = await client.get(f"/v1/evidence/{receipt}", headers=as_(name))
    assert answered.status_code == status
    assert (answered.content == REPORT) is (status == 200)


async def test_a_receipt_is_read_as_people_write_it(
    client: AsyncClient, sqlite_database: Database, folder_store: Store
) -> None:
    receipt = await a_receipt(client, sqlite_database, folder_store)
    number = int(receipt.removeprefix("BN-"))
    for written in (receipt.lower(), receipt.replace("-", ""), str(number)):
        assert (await client.get(f"/v1/evidence/{written}", headers=as_("ours"))).status_code == 200
    assert (await client.get("/v1/evidence/BN-9999", headers=as_("ours"))).status_code == 404
    assert (await client.get("/v1/evidence/K7", headers=as_("ours"))).status_code == 422


async def test_a_part_is_given_and_a_known_file_is_not_sent_again(
    client: AsyncClient, sqlite_database: Database, folder_store: Store
) -> None:
    receipt = await a_receipt(client, sqlite_database, folder_store)
    url, size = f"/v1/evidence/{receipt}", len(REPORT)
    part = await client.get(url, headers=as_("ours", Range="bytes=10-19"))
    assert (part.status_code, part.content) == (206, REPORT[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{size}"
    outside = await client.get(url, headers=as_("ours", Range=f"bytes={size}-"))
    assert (outside.status_code, outside.headers["content-range"]) == (416, f"bytes */{size}")
    known = await client.get(url, headers=as_("ours", If_None_Match=part.headers["etag"]))
    assert (known.status_code, known.content) == (304, b"")


@pytest.mark.parametrize(
    ("header", "part"),
    [
        (None, Part(0, 100, partial=False)),
        ("bytes=0-", Part(0, 100)),
        ("bytes=0-0", Part(0, 1)),
        ("bytes=99-", Part(99, 100)),
        ("bytes=90-500", Part(90, 100)),
        ("bytes=-10", Part(90, 100)),
        ("bytes=-500", Part(0, 100)),
        ("bytes=100-", None),
        ("bytes=-0", None),
        ("bytes=5-3", Part(0, 100, partial=False)),
        ("bytes=-", Part(0, 100, partial=False)),
        ("bytes=0-1,5-6", Part(0, 100, partial=False)),
        ("lines=0-1", Part(0, 100, partial=False)),
    ],
)
def test_a_range_is_read_as_the_standard_says(header: str | None, part: Part | None) -> None:
    assert asked_part(header, 100) == part


def test_the_routes_are_described_whole(app: FastAPI) -> None:
    paths = app.openapi()["paths"]
    taking, giving = paths["/v1/incoming"]["put"], paths["/v1/evidence/{receipt}"]["get"]
    assert taking["requestBody"]["content"]["application/octet-stream"]["schema"]["format"] == "binary"
    assert taking["responses"]["200"]["content"]["application/json"]["examples"].keys() == {"good", "refused"}
    assert {"401", "403", "413"} <= taking["responses"].keys()
    assert {"200", "206", "304", "401", "404", "416"} <= giving["responses"].keys()
    assert giving["parameters"][0]["schema"]["examples"] == ["BN-0147"] or giving["parameters"][0]["example"]


# --- size ---------------------------------------------------------------------------------------------------------


def grown(database: Database, store_url: str, endpoint: str, megabytes: int) -> float:
    """MB by which a process grew that carried so much in and out."""
    asked = [database.url.render_as_string(hide_password=False), store_url, endpoint, str(megabytes)]
    command = [sys.executable, "-m", "tests.api.evidence.transfer", *asked]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    measured: float = json.loads(done.stdout)["grown_mb"]
    return measured


def test_200_mb_in_and_out_grow_the_process_by_less_than_30_mb(sqlite_database: Database, tmp_path: Path) -> None:
    assert grown(sqlite_database, str(tmp_path / "store"), "", 200) < 30


def test_a_large_file_in_and_out_of_a_bucket_grows_the_process_by_less_than_30_mb(
    sqlite_database: Database, s3: str, bucket: tuple[BaseClient, str]
) -> None:
    assert grown(sqlite_database, f"s3://{bucket[1]}", s3, 32) < 30
