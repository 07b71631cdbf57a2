"""A file's way through the house: taken in, attached, promoted, erased, swept; nothing lost at any crash."""

import os
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from api.refusals import TooLarge
from api.services import evidence
from api.store import Folder, Store, evidence_key
from bot.dialogue.values import Draft
from models.database import Database
from models.tables import Address, Conversation, Evidence, Inbox, Incoming
from models.wire import StoredFile
from tests.api.evidence import files
from tests.api.evidence.conftest import stream_of
from tests.api.evidence.ledger import NOW, OURS, THEIRS, answer, small_bloc

LIMIT = 10 * 1024 * 1024
REPORT = "Báo cáo sơ kết 6 tháng, đã gửi trục liên thông.\n".encode()


@pytest.fixture
def ledger(database: Database) -> Database:
    database.write_now(small_bloc)
    return database


async def take(store: Store, database: Database, content: bytes = REPORT, name: str = "bao-cao.txt") -> StoredFile:
    return await evidence.take_in(store, database, stream_of(content), name, LIMIT, NOW)


def drafted(stored: StoredFile, name: str = "bao-cao.txt") -> Draft:
    assert stored.media_type is not None
    return Draft(stored.key, stored.sha256, stored.size, stored.media_type, name, "K5 xong")


async def attach(database: Database, stored: StoredFile, obligation_id: int = OURS) -> int:
    """What a turn does: an update and its file, in one transaction."""

    def turn(session: Session) -> int:
        update_id = answer(session, obligation_id)
        evidence.attach(session, drafted(stored), obligation_id, update_id)
        return update_id

    return await database.write(turn)


async def rows(database: Database) -> tuple[list[Incoming], list[Evidence]]:
    def read(session: Session) -> tuple[list[Incoming], list[Evidence]]:
        incoming = session.exec(select(Incoming).order_by(Incoming.key)).all()
        attached = session.exec(select(Evidence).order_by(col(Evidence.update_id))).all()
        return list(incoming), list(attached)

    return await database.read(read)


async def bytes_of(store: Store, file: Evidence) -> bytes:
    return await store.read(await evidence.place(store, file), 0, file.size)


async def keys(store: Store) -> list[str]:
    return sorted([found.key for prefix in ("incoming/", "evidence/") for found in await store.listing(prefix)])


# --- taken in -----------------------------------------------------------------------------------------------------


async def test_a_good_file_is_kept_until_an_answer_names_it(database: Database, folder_store: Store) -> None:
    stored = await take(folder_store, database)
    assert (stored.media_type, stored.verdict, stored.size) == ("text/plain", None, len(REPORT))
    assert await folder_store.read(stored.key, 0, LIMIT) == REPORT
    [row], _ = await rows(database)
    assert (row.key, row.sha256, row.name, row.created_at) == (stored.key, stored.sha256, "bao-cao.txt", NOW)


@pytest.mark.parametrize(
    ("content", "verdict"),
    [(b"", "empty"), (files.EXE, "type"), (files.locked_zip(), "encrypted"), (files.movie()[:-9], "corrupt")],
)
async def test_a_refused_file_leaves_its_verdict_and_no_byte(
    sqlite_database: Database, folder_store: Store, content: bytes, verdict: str
) -> None:
    stored = await take(folder_store, sqlite_database, content, "x.txt")
    assert stored.verdict == verdict
    [row], _ = await rows(sqlite_database)
    assert (row.verdict, row.name, row.media_type) == (verdict, None, None)
    assert await keys(folder_store) == []


async def test_a_file_over_the_limit_leaves_nothing_at_all(sqlite_database: Database, folder_store: Store) -> None:
    with pytest.raises(TooLarge):
        await evidence.take_in(folder_store, sqlite_database, stream_of(b"x" * 101), "x.txt", 100, NOW)
    assert await rows(sqlite_database) == ([], [])
    assert await keys(folder_store) == []


async def test_a_stream_that_breaks_leaves_nothing_at_all(sqlite_database: Database, folder_store: Store) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield REPORT
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await evidence.take_in(folder_store, sqlite_database, broken(), "x.txt", LIMIT, NOW)
    assert await rows(sqlite_database) == ([], [])
    assert await keys(folder_store) == []


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("KIMCUONG đỏ\nTỐI MẬT\n".encode(), "ghi-chu.txt"),
        (files.docx("KIMCUONG đỏ", "TỐI MẬT"), "bao-cao.docx"),
        (b"KIMCUONG", "TOI_MAT_kimcuong.txt"),
    ],
)
async def test_of_a_secret_file_only_key_time_and_marking_remain(
    database: Database, folder_store: Store, tmp_path: Path, content: bytes, name: str
) -> None:
    stored = await take(folder_store, database, content, name)
    assert (stored.verdict, stored.marking) == ("secret", "TỐI MẬT")
    [row], _ = await rows(database)
    assert row.model_dump() == {
        "key": stored.key, "sha256": "", "size": 0, "media_type": None, "name": None,
        "verdict": "secret", "marking": "TỐI MẬT", "created_at": NOW,
    }  # fmt: skip
    everywhere = on_disk(tmp_path)
    assert content not in everywhere
    assert b"KIMCUONG" not in everywhere
    assert b"kimcuong" not in everywhere


def test_a_name_is_stored_without_folders_and_odd_signs() -> None:
    assert evidence.file_name("C:\\giấy tờ\\ba\u0301o ca\u0301o.pdf") == "báo cáo.pdf"
    assert evidence.file_name("../../etc/passwd") == "passwd"
    assert evidence.file_name("a\r\nb\u202e.pdf") == "ab.pdf"
    assert evidence.file_name("/") is None
    assert evidence.file_name(None) is None


# --- attached and promoted ----------------------------------------------------------------------------------------


async def test_an_attached_file_moves_to_its_last_place(ledger: Database, store: Store) -> None:
    stored = await take(store, ledger)
    await attach(ledger, stored)
    assert await evidence.promote(ledger, store) == evidence.Promoted(moved=1)
    incoming, [file] = await rows(ledger)
    assert incoming == []
    assert (file.key, file.name, file.caption) == (evidence_key(stored.sha256), "bao-cao.txt", "K5 xong")
    assert await keys(store) == [file.key]
    assert await bytes_of(store, file) == REPORT
    assert await evidence.promote(ledger, store) == evidence.Promoted()


async def test_the_same_content_is_one_object_however_often_it_comes(ledger: Database, store: Store) -> None:
    for obligation_id in (OURS, THEIRS):
        await attach(ledger, await take(store, ledger), obligation_id)
    await evidence.promote(ledger, store)
    _, found = await rows(ledger)
    assert len(found) == 2
    assert await keys(store) == [found[0].key] == [found[1].key]


async def test_one_file_for_two_tasks_before_and_after_its_promotion(ledger: Database, folder_store: Store) -> None:
    stored = await take(folder_store, ledger)
    await attach(ledger, stored, OURS)
    await evidence.promote(ledger, folder_store)
    await attach(ledger, stored, THEIRS)
    _, found = await rows(ledger)
    assert [file.key for file in found] == [evidence_key(stored.sha256)] * 2


async def test_what_was_refused_or_swept_cannot_be_attached(ledger: Database, folder_store: Store) -> None:
    stored = await take(folder_store, ledger)
    await evidence.sweep(ledger, folder_store, NOW + timedelta(hours=49))
    with pytest.raises(LookupError):
        await attach(ledger, stored)
    assert (await rows(ledger))[1] == []


async def test_the_same_file_twice_for_one_task_is_known_until_it_is_taken_back(
    ledger: Database, folder_store: Store
) -> None:
    stored = await take(folder_store, ledger)

    def already(obligation_id: int) -> int | None:
        return ledger.read_now(lambda session: evidence.already(session, obligation_id, stored.sha256))

    assert already(OURS) is None
    first = await attach(ledger, stored)
    assert already(OURS) == first
    assert already(THEIRS) is None
    ledger.write_now(lambda session: answer(session, kind="undo", undoes=first))
    assert already(OURS) is None


class PowerCut(Exception):
    """The machine stops here."""


class Unsteady(Folder):
    """A folder on a machine whose power goes at a named moment, once."""

    cut_at: str | None = None

    def _moment(self, name: str) -> None:
        if self.cut_at == name:
            self.cut_at = None
            raise PowerCut

    async def promote(self, source: str, target: str) -> None:
        self._moment("before the second name")
        await super().promote(source, target)
        self._moment("after the second name")

    async def delete(self, key: str) -> None:
        self._moment("before the first name goes")
        await super().delete(key)
        self._moment("after the first name went")


@pytest.mark.parametrize(
    "moment",
    [
        "before the second name",
        "after the second name",
        "before the first name goes",
        "after the first name went",
    ],
)
async def test_no_crash_during_a_promotion_loses_a_byte(ledger: Database, tmp_path: Path, moment: str) -> None:
    store = Unsteady(tmp_path / "store")
    await attach(ledger, await take(store, ledger))
    store.cut_at = moment
    with pytest.raises(PowerCut):
        await evidence.promote(ledger, store)
    _, [file] = await rows(ledger)
    assert await bytes_of(store, file) == REPORT

    await evidence.promote(ledger, store)
    dated(tmp_path / "store", NOW - timedelta(hours=2))
    await evidence.sweep(ledger, store, NOW)
    incoming, [file] = await rows(ledger)
    assert incoming == []
    assert file.key == evidence_key(file.sha256)
    assert await keys(store) == [file.key]
    assert await bytes_of(store, file) == REPORT


async def test_a_crash_after_the_bytes_and_before_their_row_leaves_rubbish_that_is_swept(
    sqlite_database: Database, folder_store: Store, tmp_path: Path
) -> None:
    await folder_store.put(stream_of(REPORT), "incoming/orphan", LIMIT)
    await folder_store.put(stream_of(REPORT), evidence_key("ab" * 32), LIMIT)
    dated(tmp_path / "store", NOW - timedelta(minutes=59))
    assert (await evidence.sweep(sqlite_database, folder_store, NOW)).objects == 0
    dated(tmp_path / "store", NOW - timedelta(minutes=61))
    assert (await evidence.sweep(sqlite_database, folder_store, NOW)).objects == 2
    assert await keys(folder_store) == []


async def test_bytes_that_somebody_deleted_are_counted_and_hold_nobody_up(
    ledger: Database, folder_store: Store
) -> None:
    lost = await take(folder_store, ledger, b"mot")
    kept = await take(folder_store, ledger, b"hai")
    for stored in (lost, kept):
        await attach(ledger, stored)
    await folder_store.delete(lost.key)
    assert await evidence.promote(ledger, folder_store) == evidence.Promoted(moved=1, missing=1)


# --- erased -------------------------------------------------------------------------------------------------------


async def test_a_marking_that_becomes_known_later_erases_the_file(
    database: Database, folder_store: Store, tmp_path: Path
) -> None:
    content = b"KIMCUONG " + os.urandom(8).hex().encode()
    stored = await take(folder_store, database, content, "ke-hoach.txt")
    await database.write(lambda session: evidence.erase(session, [stored.key], "MẬT"))
    assert await evidence.promote(database, folder_store) == evidence.Promoted(erased=1)
    [row], _ = await rows(database)
    assert (row.sha256, row.size, row.media_type, row.name) == ("", 0, None, None)
    assert (row.verdict, row.marking) == ("secret", "MẬT")
    assert await keys(folder_store) == []
    assert content not in on_disk(tmp_path)


async def test_an_erasure_that_a_crash_interrupted_is_taken_up(sqlite_database: Database, tmp_path: Path) -> None:
    store = Unsteady(tmp_path / "store")
    stored = await take(store, sqlite_database)
    await sqlite_database.write(lambda session: evidence.erase(session, [stored.key]))
    store.cut_at = "before the first name goes"
    with pytest.raises(PowerCut):
        await evidence.promote(sqlite_database, store)
    await evidence.promote(sqlite_database, store)
    assert await keys(store) == []


async def test_an_erased_file_is_nobodys_evidence(ledger: Database, folder_store: Store) -> None:
    stored = await take(folder_store, ledger)
    await attach(ledger, stored)
    await ledger.write(lambda session: evidence.erase(session, [stored.key], "MẬT"))
    await evidence.promote(ledger, folder_store)
    [row], attached = await rows(ledger)
    assert (row.verdict, attached, await keys(folder_store)) == ("secret", [], [])


# --- swept --------------------------------------------------------------------------------------------------------


async def test_what_nobody_asked_for_goes_after_two_days(database: Database, folder_store: Store) -> None:
    await take(folder_store, database)
    await evidence.sweep(database, folder_store, NOW + timedelta(hours=47))
    assert len(await keys(folder_store)) == 1
    assert (await evidence.sweep(database, folder_store, NOW + timedelta(hours=49))).rows == 1
    assert await keys(folder_store) == []
    assert await rows(database) == ([], [])


async def test_a_draft_a_waiting_message_and_evidence_keep_their_bytes(ledger: Database, folder_store: Store) -> None:
    drafted_one, waiting, attached, forgotten = [
        await take(folder_store, ledger, text.encode()) for text in ("một", "hai", "ba", "bốn")
    ]
    await attach(ledger, attached)

    def speak_of_them(session: Session) -> None:
        session.add(Address(id=1, channel="web", bot="web", chat="c1", created_at=NOW))
        session.flush()
        session.add(Conversation(address_id=1, state={"draft": [{"key": drafted_one.key}]}, heard_at=NOW))
        heard = {"files": [{"stored": waiting.key}]}
        session.add(
            Inbox(channel="web", bot="web", external_id="1", chat="c1", received_at=NOW, heard=heard, not_before=NOW)
        )
        done = {"files": [{"stored": forgotten.key}]}
        session.add(
            Inbox(
                channel="web", bot="web", external_id="2", chat="c1", received_at=NOW, heard=done, not_before=NOW,
                state="done",
            )
        )  # fmt: skip

    await ledger.write(speak_of_them)
    assert (await evidence.sweep(ledger, folder_store, NOW + timedelta(days=30))).rows == 1
    assert await keys(folder_store) == sorted([drafted_one.key, waiting.key, attached.key])


async def test_bytes_on_their_way_in_are_not_rubbish(ledger: Database, folder_store: Store, tmp_path: Path) -> None:
    """The content lies in `evidence/` from long ago, without a row, and is just being attached again."""
    stored = await take(folder_store, ledger)
    await folder_store.promote(stored.key, evidence_key(stored.sha256))
    dated(tmp_path / "store", NOW - timedelta(hours=2))
    await evidence.sweep(ledger, folder_store, NOW)
    assert evidence_key(stored.sha256) in await keys(folder_store)


def dated(folder: Path, moment: datetime) -> None:
    """Make every object as old as if it had been written at that moment."""
    for file in folder.rglob("*"):
        if file.is_file():
            os.utime(file, (moment.timestamp(), moment.timestamp()))


def on_disk(folder: Path) -> bytes:
    """Every byte under the data folder: store, database, journal."""
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())
