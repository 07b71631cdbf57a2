"""The ears over the real API and database: heard once, stored before they move on, answered."""

from io import BytesIO

import pikepdf
import pytest
from sqlalchemy import select, text
from sqlmodel import Session, col

from bot.channels.base import Abilities, Deaf, Passing, Refused
from models.tables import Cursor, Inbox, Incoming
from tests.fakes.office import Office, eventually, living


def pdf() -> bytes:
    file = BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        document.save(file)
    return file.getvalue()


PDF = pdf()


def inbox(office: Office) -> list[Inbox]:
    return office.database.read_now(lambda s: list(s.scalars(select(Inbox).order_by(col(Inbox.id)))))


def position(office: Office) -> int | None:
    found = select(col(Cursor.position)).where(col(Cursor.name) == office.platform.name)
    return office.database.read_now(lambda s: s.scalar(found))


def states(office: Office) -> list[str]:
    return [row.state for row in inbox(office)]


async def test_who_speaks_is_answered(office: Office) -> None:
    office.platform.person_says("lan", "xin chào")
    mouth = office.mouth()
    async with living(office.ears(mouth), mouth):
        answer = await office.platform.until_arrived("lan", 1)
        await eventually(lambda: position(office) == 1)
        await office.until(1)
    assert len(answer[0]) > 20
    assert states(office) == ["done"]


async def test_a_replay_is_answered_once(office: Office) -> None:
    first = office.platform.person_says("lan", "xin chào")
    office.platform.platform_repeats(first)
    mouth = office.mouth()
    async with living(office.ears(mouth), mouth):
        await office.platform.until_arrived("lan", 1)
        await eventually(lambda: position(office) == 2)
    assert states(office) == ["done"]
    assert len(office.platform.what_arrived("lan")) == 1


@pytest.mark.parametrize("lost", ["loses_requests", "loses_answers"])
@pytest.mark.parametrize("path", ["inbox", "cursors/fake:1"])
async def test_what_the_api_did_not_hear_is_said_again(small_office: Office, lost: str, path: str) -> None:
    getattr(small_office.wire, lost)(path, 3)
    small_office.platform.person_says("lan", "xin chào")
    mouth = small_office.mouth()
    async with living(small_office.ears(mouth), mouth):
        await eventually(lambda: position(small_office) == 1)
    assert states(small_office) == ["done"]


async def test_an_answer_lost_on_its_way_back_is_repeated_when_its_lease_is_over(small_office: Office) -> None:
    small_office.wire.loses_answers("inbox")
    small_office.platform.person_says("lan", "xin chào")
    mouth = small_office.mouth()
    async with living(small_office.ears(mouth), mouth):
        await eventually(lambda: position(small_office) == 1)
        assert small_office.platform.arrivals() == []
        small_office.change(1, lease_until=small_office.home.clock.wire())
        await small_office.platform.until_arrived("lan", 1)


async def test_the_position_is_stored_only_after_the_message(small_office: Office) -> None:
    small_office.platform.person_says("lan", "xin chào")
    mouth = small_office.mouth()
    async with living(small_office.ears(mouth), mouth):
        await eventually(lambda: position(small_office) == 1)
    asked = [path for path in small_office.wire.asked if path in ("inbox", "cursors/fake:1")]
    assert asked == ["cursors/fake:1", "inbox", "cursors/fake:1"]


async def test_new_ears_begin_where_the_old_ones_stopped(small_office: Office) -> None:
    for word in ("một", "hai"):
        small_office.platform.person_says("lan", word)
    mouth = small_office.mouth()
    async with living(small_office.ears(mouth)):
        await eventually(lambda: position(small_office) == 2)
    small_office.platform.person_says("lan", "ba")
    small_office.wire.asked.clear()
    async with living(small_office.ears(small_office.mouth())):
        await eventually(lambda: position(small_office) == 3)
    assert small_office.wire.asked.count("inbox") == 1
    assert len(inbox(small_office)) == 3


async def test_a_deaf_bot_is_noticed_and_hears_again(small_office: Office) -> None:
    small_office.platform.fails_to_hear(Deaf("401"), Passing("502"), Deaf("401"))
    small_office.platform.person_says("lan", "xin chào")
    ears = small_office.ears(small_office.mouth())
    async with living(ears):
        await eventually(lambda: ears.deaf)
        await eventually(lambda: position(small_office) == 1)
    assert ears.deaf is None


async def test_a_message_that_breaks_the_thinking_is_kept_and_stops_nobody(small_office: Office) -> None:
    def poison(session: Session) -> None:
        session.execute(
            text(
                "CREATE TRIGGER poison BEFORE INSERT ON conversation WHEN NEW.address_id = 1 "
                "BEGIN SELECT RAISE(ABORT, 'poison'); END"
            )
        )

    small_office.counter.bot = small_office.platform.name
    small_office.counter.address("lan")
    small_office.database.write_now(poison)
    small_office.platform.person_says("lan", "độc")
    small_office.platform.person_says("minh", "xin chào")
    mouth = small_office.mouth()
    async with living(small_office.ears(mouth), mouth):
        await small_office.platform.until_arrived("minh", 1)
        (kept,) = (row for row in inbox(small_office) if row.chat == "lan")
        assert kept.state == "waiting"
        assert (kept.why or "").startswith("IntegrityError at ")
        small_office.database.write_now(lambda s: s.execute(text("DROP TRIGGER poison")))
        small_office.database.write_now(lambda s: s.execute(text("UPDATE inbox SET not_before = received_at")))
        await small_office.platform.until_arrived("lan", 1)
    assert states(small_office) == ["done", "done"]


# --- files --------------------------------------------------------------------------------------------------------


async def test_a_file_is_fetched_stored_and_answered(office: Office) -> None:
    office.platform.person_sends_file("lan", PDF, caption="báo cáo")
    mouth = office.mouth()
    async with living(office.ears(mouth), mouth):
        await office.platform.until_arrived("lan", 1)
    (row,) = inbox(office)
    stored = office.database.read_now(lambda s: s.scalars(select(Incoming)).one())
    assert row.state == "done"
    assert row.heard is not None
    assert row.heard["files"][0]["stored"] == stored.key
    assert (stored.size, stored.name, stored.media_type) == (len(PDF), "bao-cao.pdf", "application/pdf")


async def test_a_fetch_that_breaks_off_is_tried_again(small_office: Office) -> None:
    small_office.platform.fails_to_fetch(Passing("connection reset"), Passing("connection reset"))
    small_office.platform.person_sends_file("lan", PDF)
    mouth = small_office.mouth()
    async with living(small_office.ears(mouth), mouth):
        await small_office.platform.until_arrived("lan", 1)
    stored = small_office.database.read_now(lambda s: s.scalars(select(Incoming)).one())
    assert stored.size == len(PDF)


async def test_a_file_that_is_gone_is_answered_too(small_office: Office) -> None:
    small_office.platform.fails_to_fetch(Refused("file is no longer available"))
    small_office.platform.person_sends_file("lan", PDF)
    mouth = small_office.mouth()
    async with living(small_office.ears(mouth), mouth):
        await small_office.platform.until_arrived("lan", 1)
    (row,) = inbox(small_office)
    assert row.heard is not None
    assert row.heard["files"][0]["trouble"] == "unfetchable"


@pytest.mark.parametrize(
    "page", [b"<!doctype html><html><body>404</body></html>", b"giaouoc_up 1\n", b'{"ok":false}', PDF]
)
async def test_a_page_in_a_photos_place_is_no_evidence(small_office: Office, page: bytes) -> None:
    small_office.platform.person_sends_photo("lan", page)
    mouth = small_office.mouth()
    async with living(small_office.ears(mouth), mouth):
        await small_office.platform.until_arrived("lan", 1)
    (row,) = inbox(small_office)
    assert row.heard is not None
    assert (row.heard["files"][0]["trouble"], row.heard["files"][0]["stored"]) == ("unfetchable", None)


async def test_a_file_that_is_too_large_is_not_fetched(small_office: Office) -> None:
    small_office.platform.abilities = Abilities(text_limit=4096, files_in=True, fetch_limit=10)
    small_office.platform.person_sends_file("lan", PDF)
    mouth = small_office.mouth()
    async with living(small_office.ears(mouth), mouth):
        await small_office.platform.until_arrived("lan", 1)
    (row,) = inbox(small_office)
    assert row.heard is not None
    assert row.heard["files"][0]["trouble"] == "too_large"
    assert "incoming" not in small_office.wire.asked


async def test_a_text_does_not_wait_for_a_file(small_office: Office) -> None:
    small_office.platform.fails_to_fetch(*(Passing("slow") for _ in range(3)))
    small_office.platform.person_sends_file("lan", PDF)
    small_office.platform.person_says("minh", "xin chào")
    mouth = small_office.mouth()
    async with living(small_office.ears(mouth), mouth):
        await small_office.platform.until_arrived("minh", 1)
        assert {row.chat: row.state for row in inbox(small_office)} in (
            {"lan": "claimed", "minh": "done"},
            {"lan": "waiting", "minh": "done"},
        )
